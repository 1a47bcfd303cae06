# The C library's variables: ILC exports methods only.
.section .bss
    .balign 8

# FILE *stderr: null; the stdio functions ignore their stream.
.globl stderr
.type stderr, @object
.size stderr, 8
stderr:
    .skip 8

.section .note.GNU-stack, "", @progbits
