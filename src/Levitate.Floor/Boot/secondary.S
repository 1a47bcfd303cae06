# The start of every CPU but the first: real mode, long mode, and the jump to the floor in the higher half.
# Source: Intel SDM volume 3, chapters 9.4 (INIT and SIPI) and 10. SecondaryProcessors copies what lies between
# floor_secondary_start and floor_secondary_end to SECONDARY_PAGE and fills in what stands at the end. Nothing here may use
# memory below that end, or a stack, before the CPU knows that it is the one that is wanted.
.include "layout.inc"

.section .text.boot, "ax", @progbits
.code16
.balign 16
.globl floor_secondary_start
floor_secondary_start:
    cli
    cld
    mov     %cs, %ax
    mov     %ax, %ds
    lgdtl   (secondary_gdt_pointer - floor_secondary_start)
    mov     %cr0, %eax
    or      $1, %eax
    mov     %eax, %cr0
    ljmpl   $0x08, $(SECONDARY_PAGE + secondary_protected - floor_secondary_start)

.code32
secondary_protected:
    mov     $0x10, %eax
    mov     %eax, %ds
    mov     %eax, %es
    mov     %eax, %ss
    mov     %cr4, %eax
    or      $0x6a0, %eax            # PAE, PGE, OSFXSR, OSXMMEXCPT
    mov     %eax, %cr4
    mov     $(SECONDARY_PAGE + 0x1000), %eax
    mov     %eax, %cr3
    mov     $0xc0000080, %ecx       # EFER: SCE, LME, NXE
    rdmsr
    or      $0x901, %eax
    wrmsr
    mov     %cr0, %eax
    and     $~0x6000000c, %eax      # CD, NW, TS, EM off
    or      $0x80010022, %eax       # PG, WP, NE, MP
    mov     %eax, %cr0
    ljmp    $0x18, $(SECONDARY_PAGE + secondary_long - floor_secondary_start)

.code64
secondary_long:
    xor     %eax, %eax
    mov     %eax, %ds
    mov     %eax, %es
    mov     %eax, %fs
    mov     %eax, %gs
    mov     %eax, %ss
    # One that was given up and comes late must not take another's place.
    mov     $1, %eax
    cpuid
    shr     $24, %ebx
    cmp     %ebx, secondary_apic_id(%rip)
    jne     secondary_unwanted
    mov     $SECONDARY_WANTED, %eax
    mov     $SECONDARY_CAME, %ecx
    lock cmpxchg %ecx, secondary_state(%rip)
    jne     secondary_unwanted
    mov     secondary_stack(%rip), %rsp
    mov     secondary_cpu(%rip), %rdi
    mov     secondary_root(%rip), %rax
    movabs  $secondary_high, %rcx
    xor     %ebp, %ebp
    jmp     *%rcx
secondary_unwanted:
    cli
    hlt
    jmp     secondary_unwanted

    .balign 8
secondary_gdt:
    .quad 0
    .quad 0x00cf9b000000ffff        # 32-bit code
    .quad 0x00cf93000000ffff        # data
    .quad 0x00af9b000000ffff        # 64-bit code
secondary_gdt_pointer:
    .word . - secondary_gdt - 1
    .long SECONDARY_PAGE + secondary_gdt - floor_secondary_start

# SecondaryProcessors.Parameters
    .balign 8
secondary_root:     .quad 0
secondary_stack:    .quad 0
secondary_cpu:      .quad 0
secondary_apic_id:  .long 0
secondary_state:    .long 0
.globl floor_secondary_end
floor_secondary_end:

# In the image's own place again.
secondary_high:
    mov     %rax, %cr3
    call    floor_secondary_main
    ud2

.section .note.GNU-stack, "", @progbits
