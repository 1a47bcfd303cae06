# A repository of 1,000 files, and a database.
set -e
export LC_ALL=C TZ=UTC GIT_AUTHOR_DATE='2024-01-02 03:04:05 +0000' GIT_COMMITTER_DATE='2024-01-02 03:04:05 +0000' GIT_PAGER=cat
mkdir /tmp/work && cd /tmp/work
git config --global user.name Somebody; git config --global user.email some@body; git config --global init.defaultBranch main; git config --global advice.detachedHead false
git init
mkdir -p $(seq -f d%g 0 9)
for i in $(seq 1000); do echo "file $i of a thousand" > d$((i % 10))/f$i; done
git add . && git commit -q -m 'A thousand files' && git log --stat --format='%H %an %s' | tail -n 1
git ls-files | wc -l; git status --short | wc -l
for i in $(seq 1 10 1000); do echo changed >> d$((i % 10))/f$i; done
git mv d2/f2 d3/moved; chmod +x d3/f3; ln -s f4 d4/link; git rm -q d5/f5
git status --short | cut -c1-2 | sort | uniq -c; git diff --shortstat
git add -A && git commit -q -m 'Change some' && git log --oneline --summary -1
git checkout -q -b other HEAD~1 && echo other > d6/other && git add . && git commit -q -m 'Another branch' && git checkout -q main
git merge -q --no-edit other && git log --graph --format=%s
git stash list; echo dirty >> d1/f1; git stash -q; git stash pop -q; git diff --stat; git checkout -q -- d1/f1
git gc -q && git count-objects -v | grep -E '^(count|in-pack|packs|garbage)'; git fsck --full --strict 2>&1 | wc -l
git clone -q /tmp/work /tmp/clone && git -C /tmp/clone rev-parse HEAD && diff -r -x .git /tmp/work /tmp/clone && echo "the clone is the same"
git -C /tmp/clone pull -q 2>&1; git tag -m tagged v1; git describe; git grep -c thousand -- 'd7/f7*' | wc -l; git archive HEAD | tar -t | wc -l
git bisect start HEAD HEAD~2 > /dev/null 2>&1; git bisect run sh -c '! test -e d3/moved' | grep 'is the first bad commit'; git bisect reset 2> /dev/null
git blame -s d1/f1 | cut -c1-8; git rebase -q --force-rebase HEAD~1 2>&1; git rev-parse HEAD; git worktree add -q ../tree other && ls ../tree | wc -l

cd /tmp
{ echo 'pragma journal_mode=delete; create table t (n integer primary key, word text); begin;'; seq 5000 | sed "s/.*/insert into t values (&, 'word &');/"; echo 'commit; create index words on t (word); analyze;'; } | sqlite3 base
sqlite3 base "select count(*), max(word) from t where word like 'word 4%'; pragma integrity_check; vacuum; select sum(n) from t;"
sqlite3 -json base 'select * from t limit 2'; sqlite3 base .dump | md5sum
for i in 1 2 3 4; do (for j in $(seq 5); do sqlite3 -cmd '.timeout 30000' base "insert into t (word) values ('$i $j')"; done) & done; wait
sqlite3 base 'select count(*) from t; pragma integrity_check'
printf 'a,b\n1,2\n3,4\n' > t.csv; sqlite3 :memory: -cmd '.mode csv' -cmd '.import t.csv c' 'select sum(b) from c'
