# Stands in for the boot code until it lands: the PVH entry (Xen ABI, XEN_ELFNOTE_PHYS32_ENTRY = 18), which stops.
.section .note.Xen, "a", @note
    .align 4
    .long 4, 8, 18
    .asciz "Xen"
    .quad levitate_pvh_entry - 0xffffffff80000000

.section .text.boot, "ax", @progbits
.code32
.globl levitate_pvh_entry
levitate_pvh_entry:
    cli
    hlt
    jmp levitate_pvh_entry
