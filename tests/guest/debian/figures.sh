# What ps, top, free, uptime, df, mount, lscpu, lsof and their like say, against what the script itself brought about.
cd /tmp
export LC_ALL=C
holds() { if eval "$2"; then echo "$1: yes"; else echo "$1: NO: $2"; fi; }
shape() { if grep -qE -- "$2"; then echo "$1: yes"; else echo "$1: NO"; fi; }
field() { gawk -v key="$1" '$1 == key ":" { print $2; exit }' "$2"; }

echo "== processes"
(exec -a napper sleep 1000) & nap=$!
gawk 'BEGIN { while (1) n++ }' & busy=$!
perl -e '$x = "x" x 40e6; $SIG{TERM} = sub { exit }; $| = 1; print "ready\n"; sleep 1000' > ready & big=$!
sleep 1000 & stopped=$!; until [ "$(cat /proc/$stopped/comm)" = sleep ]; do :; done; kill -STOP $stopped
perl -e 'if (!($pid = fork)) { exit } open F, ">zombie"; print F $pid; close F; rename "zombie", "zombie.pid"; sleep 1000' & parent=$!
until [ -s ready ] && [ -e zombie.pid ] && [ "$(ps -o stat= -p $stopped)" = T ] && [ "$(ps -o stat= -p "$(cat zombie.pid)")" = Z ]; do sleep 0.05; done
zombie=$(cat zombie.pid)
until [ "$(ps -o times= -p $busy)" -ge 2 ]; do sleep 0.2; done
ps -o pid,ppid,stat,args -p $nap | shape "ps -o" "^ +$nap +$$ S +napper 1000$"
ps -o pid,ppid,stat,args -p $nap | head -n 1
ps aux | head -n 1; ps -ef | head -n 1; ps axl | head -n 1; ps -eLf | head -n 1
ps aux | shape "ps aux" "^root +$nap +[0-9.]+ +0\.[0-9] +[0-9]+ +[0-9]+ \S+ +S +[0-9:]+ +0:00 napper 1000$"
ps aux | shape "ps aux shows a busy one" "^root +$busy +[0-9.]+ +[0-9.]+ +[0-9]+ +[0-9]+ \S+ +R +[0-9:]+ +[0-9]:[0-9][0-9] gawk"
ps -o stat=,comm= -p $zombie | tr -s ' '
holds "resident size" '[ $(ps -o rss= -p $big) -gt 39000 ] && [ $(ps -o rss= -p $big) -lt 120000 ] && [ $(ps -o rss= -p $nap) -lt 5000 ]'
holds "elapsed time" '[ $(ps -o etimes= -p $nap) -ge 2 ] && [ $(ps -o etimes= -p $nap) -lt 60 ]'
holds "started when it was" '[ $(( $(date +%s) - $(date -d "$(ps -o lstart= -p $nap)" +%s) )) -ge 2 ]'
holds "processor time" '[ $(ps -o times= -p $busy) -ge 1 ] && [ $(ps -o times= -p $nap) -eq 0 ]'
holds "pcpu" 'ps -o pcpu= -p $busy | gawk "{ exit !(\$1 > 2) }"'
renice -n 7 -p $nap > /dev/null; ps -o ni=,pri=,cls=,nlwp=,user=,tty= -p $nap | tr -s ' '
ps --forest -o args= --ppid $$ | grep -c napper; ps -C sleep -o pid= | wc -l; ps -o wchan= -p $busy
holds pgrep '[ "$(pgrep -f "^napper 1000$")" = $nap ] && [ "$(pgrep -x -P $$ gawk)" = $busy ] && [ "$(pgrep -n gawk)" = $busy ]'
holds pidof '[ "$(pidof gawk)" = $busy ]'
holds pwdx '[ "$(pwdx $nap)" = "$nap: /tmp" ]'
pmap $nap | shape "pmap names files" ' r-x-- sleep$'
top -b -n 1 -w 200 > top.txt
sed -n 1p top.txt | shape "top: line 1" '^top - [0-9][0-9]:[0-9][0-9]:[0-9][0-9] up .*, +[0-9]+ users?, +load average: [0-9]+\.[0-9]+, [0-9]+\.[0-9]+, [0-9]+\.[0-9]+$'
sed -n 2p top.txt | shape "top: tasks" '^Tasks: +[0-9]+ total, +[1-9][0-9]* running, +[0-9]+ sleeping, +1 stopped, +1 zombie$'
sed -n 3p top.txt | shape "top: processors" '^%Cpu\(s\):( *[0-9.]+ (us|sy|ni|id|wa|hi|si|st),?){8} *$'
sed -n 4p top.txt | shape "top: memory" '^MiB Mem : +[0-9.]+ total, +[0-9.]+ free, +[0-9.]+ used, +[0-9.]+ buff/cache *$'
sed -n 7p top.txt | tr -s ' '
shape "top: the busy one" "^ +$busy root +20 +0 +[0-9.mg]+ +[0-9.mg]+ +[0-9]+ R +[0-9.]+ +[0-9.]+ +[0-9]:[0-9][0-9]\.[0-9][0-9] gawk" < top.txt
top -b -n 2 -d 1 -p $busy,$nap -w 200 | tail -n 2 | gawk '{ print $NF, ($(NF - 3) > 2 ? "busy" : "idle") }'
vmstat 1 2 | tail -n 1 | gawk '{ print NF, ($13 + $14 > 10), ($12 > 0) }'; vmstat -s | shape "vmstat -s" '[1-9][0-9]* forks$'
holds "pkill" 'pkill -f "^napper 1000$"; wait $nap; [ $? = 143 ]'
kill -KILL $busy $stopped $parent; kill $big; wait $busy $stopped $parent $big 2> /dev/null
holds "all have gone" '! ps -p $busy,$stopped,$parent,$big,$nap > /dev/null'

echo "== memory"
holds "free" '[ $(free -b | gawk "/^Mem/ { print \$2 }") -eq $(( $(field MemTotal /proc/meminfo) * 1024 )) ]'
free | head -n 1 | tr -s ' '; free | tail -n 1 | tr -s ' ' | cut -d: -f1
free -b | gawk '/^Mem/ { print "sum:", ($2 > 0 && $3 > 0 && $4 > 0 && $3 + $4 <= $2 && $7 <= $2) ? "yes" : "NO" }'

echo "== times"
uptime | shape uptime '^ [0-9][0-9]:[0-9][0-9]:[0-9][0-9] up .*, +[0-9]+ users?, +load average: [0-9]+\.[0-9]+, [0-9]+\.[0-9]+, [0-9]+\.[0-9]+$'
uptime -p | shape "uptime -p" '^up '
holds "up since" '[ $(( $(date +%s) - $(date -d "$(uptime -s)" +%s) - $(cut -d. -f1 /proc/uptime) )) -ge -2 ]'
holds "it goes on" 'a=$(cut -d. -f1 /proc/uptime); sleep 1.1; [ $(cut -d. -f1 /proc/uptime) -gt $a ]'
w | head -n 1 | shape w '^ [0-9:]+ up .* load average: '; w | sed -n 2p; w -h | wc -l

echo "== file systems"
df --output=source,fstype /tmp | tr -s ' '; df -h / | head -n 1 | tr -s ' '; df -i /tmp | head -n 1 | tr -s ' '
holds "so do names" 'a=$(df --output=iused /tmp | tail -n 1); touch n1 n2 n3; b=$(df --output=iused /tmp | tail -n 1); rm n1 n2 n3; [ $((b - a)) -eq 3 ]'
mount | shape "mount" '^proc on /proc type proc \(rw,.*relatime'; mount -t devpts | shape "mount -t" '^devpts on /dev/pts type devpts '
findmnt -n -o TARGET,FSTYPE /proc | tr -s ' '; grep -c ' /proc proc ' /proc/mounts /proc/self/mounts | tr '\n' ' '; echo; gawk '$5 == "/proc" { print "mountinfo:", $4, NF >= 10 }' /proc/self/mountinfo
du -s --apparent-size -B1 /etc/passwd | gawk -v s="$(stat -c %s /etc/passwd)" '{ print "du:", $1 == s }'

echo "== processors"
processors=$(grep -c '^processor' /proc/cpuinfo)
lscpu > lscpu.txt; for key in Architecture 'CPU op-mode' 'Byte Order' 'CPU(s)' 'On-line' 'Vendor ID' 'Model name' 'CPU family' Model Stepping Flags 'Thread(s) per' 'Core(s) per' 'Socket(s)'; do holds "$key" "grep -qF '$key' lscpu.txt"; done
gawk -F': +' '/^(Architecture|Byte Order|CPU op-mode)/ { print $2 }' lscpu.txt
holds "as many as there are" '[ $(gawk -F": +" "/^CPU\(s\)/ { print \$2 }" lscpu.txt) -eq $processors ] && [ $(nproc --all) -eq $processors ] && [ $(lscpu -p=CPU | grep -vc "#") -eq $processors ] && [ $(grep -c "^cpu[0-9]" /proc/stat) -eq $processors ]'
holds "the vendor is cpuid's" '[ "$(gawk -F": +" "/^Vendor ID/ { print \$2 }" lscpu.txt)" = "$(gawk -F": +" "/^vendor_id/ { print \$2; exit }" /proc/cpuinfo)" ]'
holds "busy and idle add up" 'gawk "/^cpu / { s = 0; for (i = 2; i <= NF; i++) s += \$i; exit !(s > 0 && \$2 > 0 && \$5 > 0) }" /proc/stat'

echo "== open files"
exec 5> held 6< /etc/passwd; mkfifo pipe; exec 7<> pipe
lsof -p $$ | head -n 1 | tr -s ' '
lsof -p $$ -a -d cwd,rtd,txt,5,6,7 -F ftan | grep -vE '^p' | paste -s -d ' '
lsof /tmp/held | gawk 'NR == 2 { print $1, $4, $5, $7, $9 }'; lsof -t /tmp/held | gawk -v me=$$ '{ print $1 == me }'
perl -MIO::Socket::UNIX -e '$l = IO::Socket::UNIX->new(Local => "/tmp/sock", Listen => 1); system("lsof -U -a -p $$ -F tn | tail -n 2 | sed s/type=.*//")'
rm held; lsof -a -p $$ +L1 | gawk 'NR == 2 { print $4, $NF }'
ls -l /proc/$$/fd | gawk '/passwd/ { print $1, $9, $10, $11 }'; sed -n 's/^flags:/flags/p' /proc/$$/fdinfo/6
