#!/bin/sh
# Links the kernel with binutils alone.
#
#   link-kernel.sh OUTPUT WORK SCRIPT STUBS RUNTIME-PACK ILC-OBJECT ASSEMBLY-SOURCE...
#
# OUTPUT   the image to write: OUTPUT.elf without symbols, OUTPUT.debug.elf with them
# WORK     a directory for intermediate files
# SCRIPT   the linker script
# STUBS    the committed list of C symbols that nobody need define: each that is missing gets a stub that stops the machine
#          with its name. The link fails when any other is missing, so that nothing slips in unseen.
set -eu

output=$1 work=$2 script=$3 stubs=$4 pack=$5 managed=$6
shift 6
mkdir -p "$work" "$(dirname "$output")"

objects=
for source in "$@"; do
    object=$work/$(basename "$source" .S).o
    as --64 --fatal-warnings -g -I "$(dirname "$source")" -o "$object" "$source"
    objects="$objects $object"
done

# ILC keeps the methods of an assembly together. The runtime takes everything in __managedcode for code that it can
# unwind and hijack; the floor tells it otherwise for what lies between these two marks.
section=$(readelf -SW "$managed" | sed -n 's/^ *\[ *\([0-9]*\)\] __managedcode .*/\1/p')
readelf -sW "$managed" | awk -v section="$section" '
    $7 == section && $4 == "FUNC" { print $2, $8 }' | sort > "$work/methods.txt"
awk '
    # An exported method has two names at one address; the mangled one says whose it is.
    $1 != address { if (NR > 1) close_method(); address = $1; floor = 0; name = $2 }
    $2 ~ /^(Levitate_Floor_|__Get.*Levitate_Floor_)/ { floor = 1; name = $2 }
    function close_method() {
        if (floor && state == 2) { print "a method of Levitate.Floor lies apart: " name > "/dev/stderr"; exit 1 }
        if (floor && state == 0) { print "__floor_text_start = " name ";"; state = 1 }
        if (!floor && state == 1) { print "__floor_text_end = " name ";"; state = 2 }
    }
    END { close_method(); if (state != 2) { print "no method of Levitate.Floor found" > "/dev/stderr"; exit 1 } }
' "$work/methods.txt" > "$work/floor.ld"

link()
{
    # shellcheck disable=SC2086
    ld -static -nostdlib --eh-frame-hdr --gc-sections -z norelro -z noexecstack -z max-page-size=4096 --build-id=none \
        -T "$script" "$@" $objects "$pack/libbootstrapperdll.o" "$managed" "$work/floor.ld" \
        --start-group "$pack/libSystem.Native.a" "$pack/libRuntime.WorkstationGC.a" "$pack/libRuntime.VxsortDisabled.a" \
        "$pack/libeventpipe-disabled.a" "$pack/libstandalonegc-disabled.a" "$pack/libaotminipal.a" \
        "$pack/libstdc++compat.a" --end-group
}

link --strip-debug --warn-unresolved-symbols -o "$work/incomplete.elf" 2> "$work/warnings.txt" || { cat "$work/warnings.txt" >&2; exit 1; }
sed -n "s/.*undefined reference to \`\(.*\)'.*/\1/p" "$work/warnings.txt" | LC_ALL=C sort -u > "$work/missing.txt"
if grep -v 'undefined reference' "$work/warnings.txt" | grep -E ': (warning|error):' >&2; then
    exit 1
fi

sed -e 's/ *#.*//' -e '/^$/d' "$stubs" | LC_ALL=C sort -u > "$work/allowed.txt"
LC_ALL=C comm -13 "$work/allowed.txt" "$work/missing.txt" |
    sed "s|^|$stubs: error: nobody defines this C symbol, and it is not listed: |" > "$work/unlisted.txt"
nm --defined-only "$work/incomplete.elf" | awk '{ print $3 }' | LC_ALL=C sort -u | LC_ALL=C comm -12 "$work/allowed.txt" - |
    sed "s|^|$stubs: error: this C symbol is listed, but the floor defines it: |" >> "$work/unlisted.txt"
if [ -s "$work/unlisted.txt" ]; then
    cat "$work/unlisted.txt" >&2
    exit 1
fi

awk '
    BEGIN { print ".text" }
    {
        print ".globl \"" $1 "\"\n\"" $1 "\":\n    leaq " NR "f(%rip), %rdi\n    jmp levitate_missing_symbol"
        print ".pushsection .rodata\n" NR ": .asciz \"" $1 "\"\n.popsection"
    }' "$work/missing.txt" > "$work/stubs.S"
as --64 -o "$work/stubs.o" "$work/stubs.S"
objects="$objects $work/stubs.o"

link -o "$output.debug.elf"
strip --strip-all -o "$output.elf.new" "$output.debug.elf"
mv "$output.elf.new" "$output.elf"
