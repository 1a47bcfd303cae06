# stress-ng's stressors, five seconds each and six at a time, and hackbench: all that was made is checked by themselves.
export LC_ALL=C
mkdir -p /tmp/stress && cd /tmp/stress
load()
{
    stress-ng $(printf -- '--%s 1 ' "$@") --timeout 5 --verify --temp-path /tmp/stress --vm-bytes 16m --mmap-bytes 8m --shm-bytes 1m > log 2>&1
    echo "$*: $?"
    grep -E 'stress-ng: (fail|error)' log | sed 's/\[[0-9]*\]//' | sort -u
}
load fork vfork exec clone pthread zombie
load pipe mq fifo sockpair splice switch
load mmap mremap vm brk stack malloc
load futex mutex sem shm madvise mprotect
load signal sigq sigfd sigsuspend sigsegv kill
load timer timerfd itimer nanosleep eventfd poll
load dentry dir rename link symlink inotify
load flock lockf fallocate seek sendfile copy-file
load cpu matrix fault context yield wait
for how in '' -p -T '-p -T'; do hackbench $how -g 2 -f 5 -l 50 > log 2>&1; echo "hackbench $how: $?"; grep -c '^Time: [0-9.]*$' log; done
ls /tmp/stress
