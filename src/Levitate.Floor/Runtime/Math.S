# The C library's mathematics, on the x87 unit: its 64-bit mantissas make the results good to the last bit or two of a
# double. Arguments and results are in xmm0 and xmm1.

.macro function name
.globl \name
.type \name, @function
.align 16
\name:
.endm

.macro return_x87
    fstpl   -8(%rsp)
    movsd   -8(%rsp), %xmm0
    ret
.endm

.section .text.math, "ax", @progbits

# double log(double x)
function log
    movsd   %xmm0, -8(%rsp)
    fldln2
    fldl    -8(%rsp)
    fyl2x
    return_x87

# double log2(double x)
function log2
    movsd   %xmm0, -8(%rsp)
    fld1
    fldl    -8(%rsp)
    fyl2x
    return_x87

# double log10(double x)
function log10
    movsd   %xmm0, -8(%rsp)
    fldlg2
    fldl    -8(%rsp)
    fyl2x
    return_x87

# st(0) = 2 ^ st(0), for a finite st(0)
.align 16
exponential:
    fld     %st(0)
    frndint
    fsubr   %st(0), %st(1)                  # st(0) = integer part, st(1) = fraction in [-1/2, 1/2]
    fxch
    f2xm1
    fld1
    faddp
    fscale
    fstp    %st(1)
    ret

# double exp(double x)
function exp
    movsd   %xmm0, -8(%rsp)
    mov     -8(%rsp), %rax
    mov     %rax, %rcx
    shl     $1, %rcx
    shr     $53, %rcx
    cmp     $0x7ff, %ecx
    je      1f
    fldl    -8(%rsp)
    fldl2e
    fmulp
    sub     $8, %rsp
    call    exponential
    add     $8, %rsp
    return_x87
1:  movabs  $0xfff0000000000000, %rcx       # minus infinity gives 0, plus infinity and NaN themselves
    cmp     %rcx, %rax
    jne     2f
    xorps   %xmm0, %xmm0
2:  ret

# double pow(double x, double y)
function pow
    movq    %xmm0, %rax
    movq    %xmm1, %rcx
    mov     $0x7ff0000000000000, %r8
    mov     %rcx, %rdx                      # y == 0: 1, whatever x
    add     %rdx, %rdx
    je      pow_one
    mov     $0x3ff0000000000000, %r9        # x == 1: 1, whatever y
    cmp     %r9, %rax
    je      pow_one
    mov     %rax, %rdx
    btr     $63, %rdx
    cmp     %r8, %rdx
    ja      pow_return_x                    # NaN
    mov     %rcx, %r10
    btr     $63, %r10
    cmp     %r8, %r10
    ja      pow_return_y
    je      pow_infinite_exponent

    xor     %r11d, %r11d                    # the result's sign
    test    %rax, %rax
    jns     1f
    cvttsd2si %xmm1, %rsi                   # a negative x: y must be an integer
    cvtsi2sd %rsi, %xmm2
    ucomisd %xmm1, %xmm2
    jne     pow_not_small_integer
    test    $1, %sil
    je      1f
    bts     $63, %r11
1:  cmp     %r8, %rdx                       # |x| infinite or zero
    je      pow_extreme
    test    %rdx, %rdx
    je      pow_extreme
    movsd   %xmm1, -8(%rsp)
    mov     %rdx, -16(%rsp)
    fldl    -8(%rsp)
    fldl    -16(%rsp)
    fyl2x                                   # y * log2(|x|), finite
    sub     $24, %rsp
    call    exponential
    add     $24, %rsp
    fstpl   -8(%rsp)
    mov     -8(%rsp), %rax
    or      %r11, %rax
    movq    %rax, %xmm0
    ret
pow_not_small_integer:
    mov     %r10, %rsi                      # from 2^53 up every double is an even integer, or nearly all: |y| >= 2^63 is
    shr     $52, %rsi
    cmp     $1023 + 63, %esi
    jae     1b
    cmp     %r8, %rdx                       # infinite or zero x needs no integer
    je      1b
    test    %rdx, %rdx
    je      1b
    mov     $0xfff8000000000000, %rax
    movq    %rax, %xmm0
    ret
pow_extreme:                                # 0 or infinity to a finite y
    xor     %eax, %eax
    cmp     %r8, %rdx
    sete    %al                             # 1: infinite
    test    %rcx, %rcx
    jns     2f
    xor     $1, %eax                        # a negative y turns it over
2:  neg     %rax
    and     %r8, %rax
    or      %r11, %rax
    movq    %rax, %xmm0
    ret
pow_infinite_exponent:                      # |x| == 1: 1; else 0 or infinity
    cmp     %r9, %rdx
    je      pow_one
    seta    %al
    movzbl  %al, %eax
    test    %rcx, %rcx
    jns     2f
    xor     $1, %eax
2:  neg     %rax
    and     %r8, %rax
    movq    %rax, %xmm0
    ret
pow_one:
    mov     $0x3ff0000000000000, %rax
    movq    %rax, %xmm0
    ret
pow_return_y:
    movaps  %xmm1, %xmm0
pow_return_x:
    ret

# double floor(double x), double ceil(double x), double trunc(double x), double rint(double x)
function floor
    roundsd $1, %xmm0, %xmm0
    ret
function ceil
    roundsd $2, %xmm0, %xmm0
    ret
function trunc
    roundsd $3, %xmm0, %xmm0
    ret
function rint
    roundsd $4, %xmm0, %xmm0
    ret

# double modf(double x, double *integer)
function modf
    roundsd $3, %xmm0, %xmm1
    movsd   %xmm1, (%rdi)
    movq    %xmm0, %rax
    movaps  %xmm0, %xmm2
    subsd   %xmm1, %xmm2
    btr     $63, %rax
    mov     $0x7ff0000000000000, %rcx
    cmp     %rcx, %rax
    jne     1f
    xorps   %xmm2, %xmm2                    # infinity has no fraction
1:  movq    %xmm2, %rcx                     # a fraction of zero keeps the sign
    movq    %xmm0, %rax
    shr     $63, %rax
    shl     $63, %rax
    or      %rax, %rcx
    movq    %rcx, %xmm0
    ret

# double fmod(double x, double y)
function fmod
    movsd   %xmm0, -8(%rsp)
    movsd   %xmm1, -16(%rsp)
    fldl    -16(%rsp)
    fldl    -8(%rsp)
1:  fprem
    fnstsw  %ax
    test    $4, %ah                         # C2: not done yet
    jne     1b
    fstp    %st(1)
    return_x87

# double sin(double x), double cos(double x), double tan(double x). Good near zero only: the processor reduces large
# arguments by a pi of 66 bits, and gives those beyond 2^63 back unchanged.
function sin
    movsd   %xmm0, -8(%rsp)
    fldl    -8(%rsp)
    fsin
    return_x87
function cos
    movsd   %xmm0, -8(%rsp)
    fldl    -8(%rsp)
    fcos
    return_x87
function tan
    movsd   %xmm0, -8(%rsp)
    fldl    -8(%rsp)
    fptan
    fstp    %st(0)
    return_x87

# double atan(double x), double atan2(double y, double x)
function atan
    movsd   %xmm0, -8(%rsp)
    fldl    -8(%rsp)
    fld1
    fpatan
    return_x87
function atan2
    movsd   %xmm0, -8(%rsp)
    movsd   %xmm1, -16(%rsp)
    fldl    -8(%rsp)
    fldl    -16(%rsp)
    fpatan
    return_x87

.section .note.GNU-stack, "", @progbits
