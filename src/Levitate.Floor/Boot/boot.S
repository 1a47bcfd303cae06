# Power-on: the PVH entry (32-bit, paging off), long mode, and the jump to the floor in the higher half.
# Source: Xen's PVH boot ABI (ebx = physical address of hvm_start_info); Intel SDM volume 3, chapters 4 and 10.

.set KERNEL_BASE, 0xffffffff80000000
.set BOOT_STACK_BYTES, 32768

# QEMU finds the entry point in this note (XEN_ELFNOTE_PHYS32_ENTRY = 18).
.section .note.Xen, "a", @note
    .align 4
    .long 4                         # name size
    .long 8                         # descriptor size
    .long 18
    .asciz "Xen"
    .quad levitate_pvh_entry - KERNEL_BASE

.section .text.boot, "ax", @progbits
.code32
.globl levitate_pvh_entry
levitate_pvh_entry:
    cld
    cli
    mov     $(boot_stack_top - KERNEL_BASE), %esp
    mov     %ebx, %esi              # hvm_start_info

    # The first two tables: the lower 4 GiB at 0 (until the jump) and at DIRECT_MAP, and the image's gigabyte on top.
    mov     $(boot_directory - KERNEL_BASE), %edi
    mov     $0x83, %eax             # present, writable, 2 MiB
    xor     %edx, %edx
    mov     $2048, %ecx
1:  mov     %eax, (%edi)
    movl    $0, 4(%edi)
    add     $0x200000, %eax
    add     $8, %edi
    loop    1b

    mov     $(boot_pdpt_low - KERNEL_BASE), %edi
    mov     $(boot_directory - KERNEL_BASE + 3), %eax
    mov     $4, %ecx
2:  mov     %eax, (%edi)
    add     $4096, %eax
    add     $8, %edi
    loop    2b
    movl    $(boot_directory - KERNEL_BASE + 3), boot_pdpt_high - KERNEL_BASE + 510 * 8
    movl    $(boot_pdpt_low - KERNEL_BASE + 3), floor_kernel_root - KERNEL_BASE
    movl    $(boot_pdpt_low - KERNEL_BASE + 3), floor_kernel_root - KERNEL_BASE + 256 * 8
    movl    $(boot_pdpt_high - KERNEL_BASE + 3), floor_kernel_root - KERNEL_BASE + 511 * 8

    mov     %cr4, %eax
    or      $0x6a0, %eax            # PAE, PGE, OSFXSR, OSXMMEXCPT
    mov     %eax, %cr4
    mov     $(floor_kernel_root - KERNEL_BASE), %eax
    mov     %eax, %cr3
    mov     $0xc0000080, %ecx       # EFER: SCE, LME, NXE
    rdmsr
    or      $0x901, %eax
    wrmsr
    mov     %cr0, %eax
    and     $~0x6000000c, %eax      # CD, NW, TS, EM off
    or      $0x80010022, %eax       # PG, WP, NE, MP
    mov     %eax, %cr0
    lgdt    boot_gdt_pointer - KERNEL_BASE
    ljmp    $8, $(1f - KERNEL_BASE)

.code64
1:  movabs  $2f, %rax
    jmp     *%rax
2:  xor     %eax, %eax
    mov     %eax, %ds
    mov     %eax, %es
    mov     %eax, %fs
    mov     %eax, %gs
    mov     %eax, %ss
    movabs  $boot_stack_top, %rsp
    xor     %ebp, %ebp
    mov     %esi, %edi              # first argument: hvm_start_info, physical
    movabs  $floor_kernel_root, %rax
    movq    $0, (%rax)              # the identity mapping has done its work
    mov     %cr3, %rax
    mov     %rax, %cr3
    call    floor_main
    ud2

.section .data.boot, "aw", @progbits
    .align 8
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff        # kernel code, 64-bit
    .quad 0x00cf93000000ffff        # kernel data
boot_gdt_pointer:
    .word . - boot_gdt - 1
    .quad boot_gdt - KERNEL_BASE

.section .bss.boot, "aw", @nobits
    .align 4096
.globl floor_kernel_root
floor_kernel_root:  .skip 4096
boot_pdpt_low:      .skip 4096
boot_pdpt_high:     .skip 4096
boot_directory:     .skip 4 * 4096
boot_stack:         .skip BOOT_STACK_BYTES
boot_stack_top:

.section .note.GNU-stack, "", @progbits
