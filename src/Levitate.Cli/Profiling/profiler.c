/*
 * A TCG plugin that counts the guest's instructions by the chain of kernel functions that they were executed in.
 *
 * Arguments: symbols=FILE, the kernel's functions: an address in hexadecimal on each line, ascending; output=FILE, what
 * was counted; boot=on counts from power-on, otherwise the first instruction in user mode begins.
 *
 * A plugin of QEMU 7.2 sees addresses, not registers or memory. So frames are not walked: each CALL and RET tells where
 * on the stack it put or found its return address, and by that address the frames of each stack are kept. A context
 * switch, an exception or a longjmp needs no notice: the next CALL or RET lies on another stack, or above the frames
 * that are gone. A jump to another function (a tail call) takes the place of the frame that it leaves.
 *
 * Debian has no package with qemu-plugin.h; what is used of it is declared here, as of version 1 of that interface,
 * which QEMU compares with its own when it loads the plugin. Source: QEMU's documentation, "QEMU TCG Plugins".
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

enum { CALLBACK_READS_NO_REGISTERS = 0 };

/* Reads alone are never told of by QEMU 7.2, so all accesses are asked for, and each is asked what it is. */
enum { ALL_ACCESSES = 3 };

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, void (*callback)(plugin_id id, struct qemu_plugin_tb *block));
void qemu_plugin_register_vcpu_tb_exec_cb(
    struct qemu_plugin_tb *block, void (*callback)(unsigned cpu, void *data), int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(
    struct qemu_plugin_insn *instruction, void (*callback)(unsigned cpu, void *data), int flags, void *data);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *instruction,
    void (*callback)(unsigned cpu, uint32_t what, uint64_t address, void *data), int flags, int access, void *data);
void qemu_plugin_register_atexit_cb(plugin_id id, void (*callback)(plugin_id id, void *data), void *data);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *block);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
bool qemu_plugin_mem_is_store(uint32_t what);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *instruction);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *instruction);

int qemu_plugin_version = 1;

/* The kernel's places, as docs/architecture.md has them. */
#define USER_START 0x10000ull
#define USER_END 0x800000000000ull
#define WINDOW_START 0x600000000000ull
#define WINDOW_END 0x608000000000ull
#define STACKS_START 0xffffc00000000000ull
#define STACKS_END 0xffffc80000000000ull
#define IMAGE_START 0xffffffff80000000ull
enum { STACK_STRIDE_BITS = 18, MAXIMUM_CPUS = 64 };

/* Functions that no symbol names; those of the symbols follow. */
enum { USER_MODE, FIRMWARE, GENERATED, FIRST_SYMBOL };

struct node
{
    uint32_t function;
    uint64_t instructions;
    struct node *parent, *children, *sibling;
};

struct frame
{
    uint64_t return_address_at;
    struct node *node; /* NULL: called, and not yet there */
};

/* The first frame has no caller. */
struct stack
{
    struct frame *frames;
    size_t depth, capacity;
    struct stack *interrupted;
};

struct block
{
    uint32_t function, instructions;
};

static uint64_t *s_symbols;
static size_t s_symbol_count, s_symbol_capacity;
static const char *s_output;
static int s_is_counting, s_is_kernel_up;
static struct node s_root;
static struct stack **s_stacks; /* by place */
static size_t s_stack_count;
static struct stack s_other_stacks[MAXIMUM_CPUS]; /* of the boot, and of interrupts */
static struct stack *s_current[MAXIMUM_CPUS];

static void *allocate(void *old, size_t bytes)
{
    void *memory = realloc(old, bytes);
    if (memory == NULL)
    {
        fputs("profiler: out of memory\n", stderr);
        exit(1);
    }

    return memory;
}

static uint32_t function_at(uint64_t address)
{
    if (address < IMAGE_START)
    {
        int is_user = s_is_kernel_up && address >= USER_START && address < USER_END && (address < WINDOW_START || address >= WINDOW_END);
        return is_user ? USER_MODE : s_is_kernel_up && address >= USER_START ? GENERATED : FIRMWARE;
    }

    s_is_kernel_up = 1;
    size_t low = 0, high = s_symbol_count;
    while (low < high)
    {
        size_t middle = (low + high) / 2;
        if (s_symbols[middle] <= address)
        {
            low = middle + 1;
        }
        else
        {
            high = middle;
        }
    }

    return low == 0 ? GENERATED : (uint32_t)(FIRST_SYMBOL + low - 1);
}

static struct node *child(struct node *parent, uint32_t function)
{
    struct node **link = &parent->children;
    for (; *link != NULL; link = &(*link)->sibling)
    {
        struct node *found = *link;
        if (found->function == function)
        {
            /* What was looked for last is looked for next. */
            *link = found->sibling;
            found->sibling = parent->children;
            return parent->children = found;
        }
    }

    struct node *made = allocate(NULL, sizeof *made);
    *made = (struct node){ .function = function, .parent = parent, .sibling = parent->children };
    return parent->children = made;
}

static void push(struct stack *stack, uint64_t address)
{
    if (stack->depth + 1 >= stack->capacity)
    {
        stack->capacity = stack->capacity * 2 + 64;
        stack->frames = allocate(stack->frames, stack->capacity * sizeof *stack->frames);
    }

    stack->frames[stack->depth++] = (struct frame){ .return_address_at = address };
}

static struct stack *stack_of(unsigned cpu, uint64_t address)
{
    if (address < STACKS_START || address >= STACKS_END)
    {
        return &s_other_stacks[cpu];
    }

    size_t place = (address - STACKS_START) >> STACK_STRIDE_BITS;
    if (place >= s_stack_count)
    {
        size_t count = place * 2 + 64;
        s_stacks = allocate(s_stacks, count * sizeof *s_stacks);
        memset(s_stacks + s_stack_count, 0, (count - s_stack_count) * sizeof *s_stacks);
        s_stack_count = count;
    }

    if (s_stacks[place] == NULL)
    {
        s_stacks[place] = calloc(1, sizeof **s_stacks);
    }

    return s_stacks[place];
}

/* The stack that an address lies on, without the frames at and below it. */
static struct stack *unwind_to(unsigned cpu, uint64_t address)
{
    struct stack *stack = stack_of(cpu, address);
    if (stack->depth == 0)
    {
        push(stack, UINT64_MAX);
    }

    while (stack->depth > 1 && stack->frames[stack->depth - 1].return_address_at <= address)
    {
        stack->depth--;
    }

    return stack;
}

static void on_call(unsigned cpu, uint32_t what, uint64_t address, void *data)
{
    (void)data;
    if (!qemu_plugin_mem_is_store(what))
    {
        return; /* the function's address */
    }

    struct stack *stack = unwind_to(cpu, address);
    if (stack != s_current[cpu])
    {
        stack->interrupted = s_current[cpu];
        s_current[cpu] = stack;
    }

    push(stack, address);
}

static void on_return(unsigned cpu, uint32_t what, uint64_t address, void *data)
{
    (void)what, (void)data;
    struct stack *stack = unwind_to(cpu, address);
    if (stack != s_current[cpu])
    {
        stack->interrupted = NULL;
        s_current[cpu] = stack;
    }
}

static void on_interrupt_return(unsigned cpu, void *data)
{
    (void)data;
    struct stack *stack = s_current[cpu];
    if (stack == &s_other_stacks[cpu] && stack->interrupted != NULL)
    {
        s_current[cpu] = stack->interrupted;
        stack->interrupted = NULL;
    }
}

/* A frame whose function was never seen to run has no node: a new thread's first call is made on its stack, but not by it. */
static struct node *caller_of(const struct stack *stack)
{
    for (size_t at = stack->depth - 1; at > 0; at--)
    {
        if (stack->frames[at - 1].node != NULL)
        {
            return stack->frames[at - 1].node;
        }
    }

    return &s_root;
}

static void on_block(unsigned cpu, void *data)
{
    const struct block *block = data;
    struct node *node;
    if (block->function < FIRST_SYMBOL)
    {
        s_is_counting |= block->function == USER_MODE;
        node = child(&s_root, block->function);
    }
    else
    {
        struct stack *stack = s_current[cpu];
        if (stack == NULL)
        {
            stack = s_current[cpu] = unwind_to(cpu, 0);
        }

        struct frame *top = &stack->frames[stack->depth - 1];
        if (top->node == NULL || top->node->function != block->function)
        {
            top->node = child(caller_of(stack), block->function);
        }

        node = top->node;
    }

    if (s_is_counting)
    {
        node->instructions += block->instructions;
    }
}

enum kind { OTHER, CALL, RETURN, INTERRUPT_RETURN };

/* Source: Intel SDM volume 2, the instruction format and CALL, RET, IRET. */
static enum kind kind_of(const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    while (at < size && (bytes[at] == 0x66 || bytes[at] == 0x67 || (bytes[at] & 0xe7) == 0x26 || (bytes[at] >= 0x64 && bytes[at] <= 0x65)
        || bytes[at] == 0xf2 || bytes[at] == 0xf3 || (bytes[at] & 0xf0) == 0x40))
    {
        at++;
    }

    if (at >= size)
    {
        return OTHER;
    }

    switch (bytes[at])
    {
        case 0xe8:
            return CALL;
        case 0xff:
            return at + 1 < size && (bytes[at + 1] >> 3 & 7) == 2 ? CALL : OTHER;
        case 0xc2:
        case 0xc3:
            return RETURN;
        case 0xcf:
            return INTERRUPT_RETURN;
        default:
            return OTHER;
    }
}

static void on_translation(plugin_id id, struct qemu_plugin_tb *translated)
{
    (void)id;
    size_t count = qemu_plugin_tb_n_insns(translated);
    struct block *block = allocate(NULL, sizeof *block);
    *block = (struct block){ function_at(qemu_plugin_tb_vaddr(translated)), (uint32_t)count };
    qemu_plugin_register_vcpu_tb_exec_cb(translated, on_block, CALLBACK_READS_NO_REGISTERS, block);
    for (size_t i = 0; block->function >= FIRST_SYMBOL && i < count; i++)
    {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(translated, i);
        switch (kind_of(qemu_plugin_insn_data(instruction), qemu_plugin_insn_size(instruction)))
        {
            case CALL:
                qemu_plugin_register_vcpu_mem_cb(instruction, on_call, CALLBACK_READS_NO_REGISTERS, ALL_ACCESSES, NULL);
                break;
            case RETURN:
                qemu_plugin_register_vcpu_mem_cb(instruction, on_return, CALLBACK_READS_NO_REGISTERS, ALL_ACCESSES, NULL);
                break;
            case INTERRUPT_RETURN:
                qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_interrupt_return, CALLBACK_READS_NO_REGISTERS, NULL);
                break;
            case OTHER:
                break;
        }
    }
}

/* A line for each node, parents first: its depth, its function (an index into the symbols, or u, f, g), its own instructions. */
static void write_node(FILE *file, const struct node *node, int depth)
{
    static const char s_names[] = "ufg";
    for (; node != NULL; node = node->sibling)
    {
        if (node->function < FIRST_SYMBOL)
        {
            fprintf(file, "%d %c %llu\n", depth, s_names[node->function], (unsigned long long)node->instructions);
        }
        else
        {
            fprintf(file, "%d %u %llu\n", depth, node->function - FIRST_SYMBOL, (unsigned long long)node->instructions);
        }

        write_node(file, node->children, depth + 1);
    }
}

static void on_exit_of_qemu(plugin_id id, void *data)
{
    (void)id, (void)data;
    FILE *file = fopen(s_output, "w");
    if (file == NULL)
    {
        perror(s_output);
        return;
    }

    write_node(file, s_root.children, 0);
    fclose(file);
}

static int read_symbols(const char *name)
{
    FILE *file = fopen(name, "r");
    unsigned long long address;
    if (file == NULL)
    {
        perror(name);
        return -1;
    }

    while (fscanf(file, "%llx", &address) == 1)
    {
        if (s_symbol_count == s_symbol_capacity)
        {
            s_symbol_capacity = s_symbol_capacity * 2 + 1024;
            s_symbols = allocate(s_symbols, s_symbol_capacity * sizeof *s_symbols);
        }

        s_symbols[s_symbol_count++] = address;
    }

    fclose(file);
    return 0;
}

int qemu_plugin_install(plugin_id id, const void *info, int count, char **arguments)
{
    (void)info;
    const char *symbols = NULL;
    for (int i = 0; i < count; i++)
    {
        if (strncmp(arguments[i], "symbols=", 8) == 0)
        {
            symbols = arguments[i] + 8;
        }
        else if (strncmp(arguments[i], "output=", 7) == 0)
        {
            s_output = strdup(arguments[i] + 7);
        }
        else if (strcmp(arguments[i], "boot=on") == 0)
        {
            s_is_counting = 1;
        }
    }

    if (symbols == NULL || s_output == NULL || read_symbols(symbols) != 0)
    {
        fputs("profiler: needs symbols=FILE and output=FILE\n", stderr);
        return -1;
    }

    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
    return 0;
}
