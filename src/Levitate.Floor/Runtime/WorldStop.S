# The doors through which the collector stops all threads and lets them go on. The linker's --wrap leads its calls here.

.section .text.worldstop, "ax", @progbits

# void GCToEEInterface::SuspendEE(SUSPEND_REASON)
.globl __wrap__ZN15GCToEEInterface9SuspendEEE14SUSPEND_REASON
.type __wrap__ZN15GCToEEInterface9SuspendEEE14SUSPEND_REASON, @function
__wrap__ZN15GCToEEInterface9SuspendEEE14SUSPEND_REASON:
    push %rdi
    call floor_world_stop_begins
    pop %rdi
    jmp __real__ZN15GCToEEInterface9SuspendEEE14SUSPEND_REASON
    .size __wrap__ZN15GCToEEInterface9SuspendEEE14SUSPEND_REASON, . - __wrap__ZN15GCToEEInterface9SuspendEEE14SUSPEND_REASON

# void GCToEEInterface::RestartEE(bool)
.globl __wrap__ZN15GCToEEInterface9RestartEEEb
.type __wrap__ZN15GCToEEInterface9RestartEEEb, @function
__wrap__ZN15GCToEEInterface9RestartEEEb:
    sub $8, %rsp
    call __real__ZN15GCToEEInterface9RestartEEEb
    add $8, %rsp
    jmp floor_world_stop_ended
    .size __wrap__ZN15GCToEEInterface9RestartEEEb, . - __wrap__ZN15GCToEEInterface9RestartEEEb
