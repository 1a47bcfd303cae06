using System.Text;
using Levitate.Boot.Tests.Harness;
using Xunit;

namespace Levitate.Boot.Tests.Programs;

/// <summary>Programs with a runtime of their own, as their authors publish them for Linux: threads, timers and memory are asked for as no C library does it.</summary>
public sealed class NpmTests
{
    [NpmFact(nameof(NpmPackage.Esbuild))]
    public void A_static_Go_program_does_as_on_Linux() => Compare(new("/tmp/esbuild", "/tmp/main.ts", "--bundle", "--minify", "--sourcemap=inline")
    {
        Files =
        [
            new("esbuild", NpmPackage.Esbuild.Content),
            Text("main.ts", "import { greet } from './greet';\nimport table from './table.json';\nfor (const name of Object.keys(table)) { console.log(greet(name)); }\n"),
            Text("greet.ts", "export const greet = (name: string): string => `hello ${name}`;\nexport const unused = 42;\n"),
            Text("table.json", "{ \"one\": 1, \"two\": 2 }\n"),
        ],
        MachineOptions = ["--cpus", "2"],
        Status = 0,
        Says = "hello ${",
    });

    [NpmFact(nameof(NpmPackage.Biome))]
    public void A_static_Rust_program_does_as_on_Linux() => Compare(new("/tmp/biome", "format", "--stdin-file-path=untidy.js")
    {
        Files = [new("biome", NpmPackage.Biome.Content)],
        Input = "const  a = {b:1 , c :2}\nfunction  f( x ){return   x+1}\n"u8.ToArray(),
        MachineOptions = ["--memory", "512M", "--cpus", "2"],
        Status = 0,
        Says = "const a = { b: 1, c: 2 };",
    });

    private static GuestFile Text(string name, string text) => new(name, Encoding.UTF8.GetBytes(text), IsExecutable: false);

    private static void Compare(GuestCase guestCase) => new GuestTable { { "", guestCase } }.Compare("");
}
