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

# The vDSO is a shared library of its own; the kernel's image holds the file.
vdso=$(dirname "$script")/vdso
as --64 --fatal-warnings -o "$work/vdso.o" "$vdso/vdso.S"
ld -shared -T "$vdso/vdso.ld" -soname linux-vdso.so.1 --hash-style=both --eh-frame-hdr --build-id=none -Bsymbolic --no-undefined \
    -z max-page-size=4096 -z noseparate-code -z noexecstack -o "$work/vdso.debug.so" "$work/vdso.o"
strip --strip-all -o "$work/vdso.so" "$work/vdso.debug.so"
cat > "$work/vdso_image.S" << END
.section .rodata.vdso, "a", @progbits
.globl floor_vdso, floor_vdso_end
floor_vdso: .incbin "$work/vdso.so"
floor_vdso_end:
.section .note.GNU-stack, "", @progbits
END

objects=
for source in "$@" "$work/vdso_image.S"; do
    object=$work/$(basename "$source" .S).o
    as --64 --fatal-warnings -g -I "$(dirname "$source")" -o "$object" "$source"
    objects="$objects $object"
done

# ILC keeps the methods of an assembly together. The runtime takes everything in __managedcode for code that it can
# unwind and hijack; the floor tells it otherwise for what lies between these two marks.
section=$(readelf -SW "$managed" | sed -n 's/^ *\[ *\([0-9]*\)\] __managedcode .*/\1/p')
readelf -sW "$managed" | awk -v section="$section" '
    $7 == section && $4 == "FUNC" { print $2, $8 }' | LC_ALL=C sort > "$work/methods.txt"
awk -v work="$work" '
    # An exported method has two names at one address; the mangled one says whose it is. (Compared as words: 0e560 is a
    # number, too, and equal to 0e600.)
    $1 "" != address "" { if (NR > 1) close_method(); address = $1; floor = 0; name = $2 }
    $2 ~ /^(Levitate_Floor_|__Get.*Levitate_Floor_)/ { floor = 1; name = $2 }
    function close_method() {
        if (floor && state == 2) { print "error: a method of Levitate.Floor lies apart: " name > "/dev/stderr"; exit 1 }
        if (floor && state == 0) { print "__floor_text_start = " name ";"; start = address; state = 1 }
        if (!floor && state == 1) { print "__floor_text_end = " name ";"; end = address; state = 2 }
    }
    END {
        close_method()
        if (state != 2) { print "error: no method of Levitate.Floor found" > "/dev/stderr"; exit 1 }
        print "x" start, "x" end > (work "/floor.range")
    }
' "$work/methods.txt" > "$work/floor.ld"

# The floor runs where there is no runtime to help: it may refer to itself and to the assembly. A reference to an
# allocator, a throw helper, a cast or a method of the class library is a mistake, and would show here.
# (__security_cookie and RhpFallbackFailFast: what a method with a buffer on the stack checks at its end.)
{
    printf '%s\n' __security_cookie RhpFallbackFailFast
    # shellcheck disable=SC2086
    nm --defined-only $objects | awk 'NF == 3 { print $3 }'
} > "$work/floor.allowed"
objdump -r -j __managedcode "$managed" | awk -v range="$(cat "$work/floor.range")" '
    BEGIN { split(range, bounds, " ") }
    FNR == NR { allowed[$1] = 1; next }
    NF == 3 && ("x" $1) >= bounds[1] && ("x" $1) < bounds[2] {
        name = $3
        sub(/[-+]0x[0-9a-f]+$/, "", name)
        if (name !~ /Levitate_Floor/ && !(name in allowed)) { print "error: Levitate.Floor depends on " name; bad = 1 }
    }
    END { exit bad }
' "$work/floor.allowed" - >&2

link()
{
    # shellcheck disable=SC2086
    ld -static -nostdlib --wrap=_ZN15GCToEEInterface9SuspendEEE14SUSPEND_REASON --wrap=_ZN15GCToEEInterface9RestartEEEb --eh-frame-hdr --gc-sections -z norelro -z noexecstack -z max-page-size=4096 --build-id=none \
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
