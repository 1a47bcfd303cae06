# bash, coreutils, findutils, grep, sed, gawk, perl, tar, gzip, xz, zstd and util-linux at the same work.
set -e
cd /tmp
export LC_ALL=C TZ=UTC

echo "== bash"
declare -A sizes=([one]=1 [two]=22 [three]=333)
for key in $(printf '%s\n' "${!sizes[@]}" | sort); do printf '%s=%s ' "$key" "${sizes[$key]}"; done; echo
diff <(seq 1 5) <(seq 1 2 9) || echo "status $?"
mapfile -t lines < <(seq 1 3); echo "${lines[@]/#/line }" "${#lines[@]}"
coproc double { while read -r x; do echo $((x * 2)); done; }
echo 21 >&"${double[1]}"; read -r answer <&"${double[0]}"; echo "coprocess: $answer"
eval "exec ${double[1]}>&-"; wait "$double_PID" || true
trap 'echo trapped' USR1; kill -USR1 $$; trap - USR1
(trap 'echo "leaving with $?"' EXIT; exit 3) || echo "status $?"
{ sleep 100 & kill -KILL $!; wait $! || echo "status $?"; } 2> /dev/null
false | true | cat; echo "statuses ${PIPESTATUS[*]}"
set -m; sleep 100 & jobs -r | sed 's/  */ /g'; { kill %1; wait %1 || echo "status $?"; } 2> /dev/null; set +m
[[ "foo-42" =~ ^([a-z]+)-([0-9]+)$ ]] && echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"
cat <<< "here: $((16#ff)) ${RANDOM:+random}"
exec 7<> both; echo through >&7; exec 7>&-; cat both
ulimit -n 64; bash -c 'ulimit -n'
timeout 0.2 sleep 10 || echo "status $?"

echo "== files"
mkdir -p tree/sub/deeper && chmod 2750 tree/sub && umask 027 && touch tree/new && umask 022
for i in $(seq 1 200); do echo "line $i of file" > tree/sub/f$i; done
ln tree/sub/f1 tree/hard && ln -s ../f2 tree/sub/deeper/soft && mkfifo tree/pipe
chown 1000:100 tree/sub/f3 && chmod u+s tree/sub/f4 && touch -d '2001-02-03 04:05:06.789' tree/sub/f5
stat -c '%n %F %a %u:%g %h %s' tree tree/sub tree/new tree/hard tree/sub/deeper/soft tree/pipe tree/sub/f3 tree/sub/f4
stat -c '%y' tree/sub/f5
cp -a tree copy && for t in tree copy; do (cd $t && find . -printf '%p %y %m %U %G %s %T@ %l\n' | sort) > $t.list; done; cmp tree.list copy.list && echo "copied"
truncate -s 1M sparse && dd if=/bin/bash of=sparse bs=4096 count=1 seek=100 conv=notrunc status=none && cp --sparse=always sparse sparse2 && cmp sparse sparse2 && echo "sparse $(stat -c %s sparse2)"
mv -T copy moved && rm -r moved && [ ! -e moved ] && echo gone
install -m 751 -o 5 -g 6 tree/sub/f6 installed && stat -c '%a %u:%g' installed
split -l 30 -d <(seq 1 100) part. && cat part.* | md5sum && wc -l part.* | tail -n 1
shuf -i 1-1000 --random-source=/bin/bash | sort -n --parallel=2 | uniq -c | gawk '$1 != 1 { exit 1 } END { print NR }'
tee one two < <(seq 3) | tail -n 1; cmp one two; sha512sum one | cut -c1-16
seq 1 100000 | sort -R --random-source=/bin/bash -S 64k -T . | sort -n -S 64k -T . | md5sum
comm -12 <(seq 1 10 | sort) <(seq 5 15 | sort) | tr '\n' ' '; join <(printf 'a 1\nb 2\n') <(printf 'a x\nb y\n') | paste -s -d,
numfmt --to=iec 1048576; printf 'b\na\n' | sort | nl -ba; fold -w 5 <<< "a long line" ; date -d @86400 '+%F %T'
(cd / && realpath -e --relative-to=/usr/lib /usr/bin/env); basename /a/b.c .c; mktemp -u XXXXXX | wc -c
nice -n 5 nice; nohup sh -c 'echo quiet' 2>&1 | tail -n 1; env -i A=b env; stdbuf -oL echo buffered; id -u; test -t 0 || echo "no terminal"

echo "== findutils"
find tree -name 'f*5' -newermt 2001-01-01 | sort | head -n 3
find tree -type f -size -2 -perm -4000; find tree -links 2 -type f | sort; find tree -xtype l; find tree -type p -o -user 1000 | sort
find tree -type f -print0 | xargs -0 -n 20 -P 4 cat | wc -l
find tree -name 'f1?' -exec grep -l 'line 1[0-4]' {} + | sort | tr '\n' ' '; echo
find tree/sub -name 'f19*' -delete; find tree/sub -name 'f*' | wc -l

echo "== grep, sed, gawk, perl"
cat $(find tree/sub -type f | sort) > all
grep -c 'line [0-9]*3 ' all; grep -rlE 'line (17|71) ' tree | sort; grep -oP '(?<=line )\d+(?= of)' all | sort -n | tail -n 1; grep -q nothing all || echo "status $?"
sed -n 's/line \([0-9]*\) of.*/\1/p' tree/sub/f7; sed -i.old -e '/line 8/d' -e 'y/abc/ABC/' tree/sub/f8; stat -c %s tree/sub/f8 tree/sub/f8.old; sed -E '2!d;s/(.)(.)/\2\1/' <(seq 11 13)
gawk '{ s += $2; n[$2 % 3]++ } END { print s; PROCINFO["sorted_in"] = "@ind_num_asc"; for (k in n) print k, n[k] }' all
gawk 'BEGIN { "echo sub" | getline x; print x; print strftime("%F", 0, 1); printf "%.3f %c %x\n", atan2(0, -1), 65, 255; print toupper(substr("hello", 2, 3)) | "cat"; close("cat"); c = "sort"; print "b\na" |& c; close(c, "to"); while ((c |& getline y) > 0) print y }'
perl -MPOSIX -MFile::Find -MIO::Socket::UNIX -e '
    my $n = 0; find(sub { $n++ if -f }, "tree"); print "$n files\n";
    pipe(my $r, my $w); if (!fork) { close $r; print $w "child\n"; exit 5 } close $w; print scalar <$r>; wait; print $? >> 8, "\n";
    $SIG{ALRM} = sub { die "alarm\n" }; eval { alarm 1; select undef, undef, undef, 10 }; print $@;
    my $l = IO::Socket::UNIX->new(Local => "/tmp/socket", Listen => 1); if (!fork) { my $c = IO::Socket::UNIX->new(Peer => "/tmp/socket"); print $c "over a socket\n"; exit } print scalar readline($l->accept); wait;
    my %h = map { $_ => $_ ** 2 } 1 .. 5; print join(",", map { "$_=$h{$_}" } sort keys %h), "\n"; print strftime("%Y", gmtime 0), " ", join("-", "a1b22" =~ /\d+/g), "\n"; open(my $p, "-|", "seq 3") or die; print map { chomp; "<$_>" } <$p>; print "\n"'

echo "== archives"
for z in gzip xz zstd; do
    tar --use-compress-program=$z -cf all.tar tree && mkdir out && tar --use-compress-program=$z -xpf all.tar -C out
    diff -r --no-dereference -x pipe tree out/tree && stat -c '%a %u:%g %h' out/tree/sub out/tree/sub/f3 out/tree/sub/f4 out/tree/hard | tr '\n' ' ' && echo $z
    rm -r out; $z -t < all.tar && $z -dc < all.tar | tar -t | wc -l
done
tar -cf - tree | tar -df - && tar --one-file-system -cf - tree | tar -xf - -C "$(mktemp -d)" --strip-components=1 && echo "piped"
seq 1 200000 > numbers; md5sum < numbers; for z in "gzip -9" "xz -q -1 -T2" "zstd -q -T2"; do $z -k numbers; done; gzip -l numbers.gz | gawk 'NR == 2 { print $2 }'
for z in gz xz zst; do case $z in gz) zcat numbers.gz;; xz) xzcat numbers.xz;; zst) zstdcat numbers.zst;; esac | md5sum; done
head -c 1000 numbers.gz | gzip -dc > cut 2> /dev/null || echo "status $?"

echo "== util-linux"
flock lock sh -c 'flock -n lock true || echo locked'; setsid -w sh -c 'ps -o sid= -p $$ | tr -d " " | grep -qx $$ && echo "own session"'
unshare --help > /dev/null && mountpoint -q /proc && echo "proc is a mount point"; mountpoint -q /usr || echo "usr is none"
getopt -o ab: -l long -- -a -b x --long rest; rev <<< abc; column -t <<< $'a bb\nccc d'; hexdump -C <<< hi; look -f zzz numbers || true
prlimit --nofile=10:20 sh -c 'ulimit -n; ulimit -Hn'; taskset -c 0 nproc; chrt -p $$ | sed 's/[0-9]*.s current/current/'; renice -n 3 -p $$ > /dev/null; nice
fallocate -l 8192 allocated && stat -c %s allocated; namei -l /tmp/tree/sub/deeper | head -n 3 | cut -c1-10; logger -s --no-act text 2>&1 | sed 's/.*: //'; whereis -b env
mkdir mnt && mount -t tmpfs -o size=1m none mnt && findmnt -n -o FSTYPE,TARGET mnt | sed 's/  */ /g' && dd if=/dev/zero of=mnt/full bs=1M count=2 2>&1 | grep -o 'No space left' ; df --output=size mnt | tail -n 1 | tr -d ' '; umount mnt && ls mnt | wc -l
script -qec 'tty | cut -c1-9; stty size; stty -a | grep -o "icanon"; true' /dev/null < /dev/null | tr -d '\r'
