# Programs that take all that they can get of something: they meet their limit, and others do not notice.
export LC_ALL=C
cd /tmp
for file in /proc/self/fd/*; do file=${file##*/}; [ $file -gt 2 ] && eval "exec $file>&-"; done
user() { setpriv --reuid 12345 --regid 12345 --clear-groups "$@"; }

echo "== processes"
user bash -c 'ulimit -u 30; bomb() { bomb | bomb & }; bomb' 2> said
most=0
for i in $(seq 20); do
    # Who is in both lists was there between them: one list alone may show some after those in whose place they came.
    before=$(ps -o pid= -U 12345 | sort) after=$(ps -o pid= -U 12345 | sort)
    now=$(comm -12 <(echo "$before") <(echo "$after") | wc -l); [ "$now" -gt $most ] && most=$now
    user true; sh -c 'exit 5'; [ $? = 5 ] || echo "others cannot make processes"
done
# One that is refused may be seen for a moment by the way.
[ $most -gt 1 ] && [ $most -le 32 ] && echo "never more than thirty" || echo "NO: $most"
grep -q 'fork: retry: Resource temporarily unavailable' said && echo "they are told"
until ! pgrep -U 12345 > /dev/null; do pkill -KILL -U 12345; done
user bash -c 'ulimit -u 30; sh -c "exit 6"'; echo "after that: $?"
user bash -c 'ulimit -u 12; perl -e "my @c; while (defined(my \$p = fork)) { if (!\$p) { sleep 1000 } push @c, \$p } print scalar(@c), \" \$!\n\"; kill KILL => @c; 1 while wait > 0"'

echo "== descriptors"
bash -c 'ulimit -n 64; perl -e "while (open(my \$f, q(<), q(/dev/null))) { push @f, \$f } print scalar(@f), qq( \$!\n)"'
bash -c 'ulimit -n 64; perl -e "while (pipe(my \$r, my \$w)) { push @f, \$r, \$w } print scalar(@f), qq( \$!\n)"'
bash -c 'ulimit -n 65; perl -e "use Socket; while (socketpair(my \$r, my \$w, AF_UNIX, SOCK_STREAM, 0)) { push @f, \$r, \$w } print scalar(@f), qq( \$!\n)"'
bash -c 'ulimit -n 20; for i in $(seq 3 25); do eval "exec $i< /dev/null" || { echo "no $i"; break; }; done' 2> /dev/null

echo "== files and memory"
bash -c 'ulimit -f 16; trap "" XFSZ; head -c 100000 /dev/zero > large; stat -c %s large' 2>&1
bash -c 'ulimit -f 16; head -c 100000 /dev/zero > large' 2> /dev/null; echo "status $?"
bash -c 'ulimit -v 100000; perl -e "\$n = 200e6; \$x = q(x) x \$n"; echo "status $?"' 2>&1
{ bash -c 'ulimit -t 1; while :; do :; done'; echo "status $?"; } 2> /dev/null
mkdir small && mount -t tmpfs -o size=64k,nr_inodes=20 none small && head -c 100000 /dev/zero 2>&1 > small/file | grep -o 'No space left on device'; for i in $(seq 30); do touch small/$i 2> /dev/null || { echo "$i files"; break; }; done; umount small
i=0; d=/tmp; while [ $i -lt 100 ]; do d=$d/$(printf 'x%.0s' $(seq 50)); mkdir $d 2> /dev/null || { echo "not deeper"; break; }; i=$((i + 1)); done
