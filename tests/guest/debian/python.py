# What a Python program asks of the system: processes, memory that is a file's, a database, sockets, an event loop.
import asyncio, mmap, multiprocessing, os, select, signal, socket, sqlite3, subprocess, sys, tempfile, threading, time
from multiprocessing import shared_memory

os.chdir(tempfile.mkdtemp())

print("subprocess", subprocess.run(["sh", "-c", "read x; echo $x $A; echo error >&2; exit 7"], input="in\n", capture_output=True, text=True, env={"A": "b", "PATH": os.environ["PATH"]}))
first = subprocess.Popen(["seq", "1000"], stdout=subprocess.PIPE)
print(subprocess.check_output(["sort", "-rn"], stdin=first.stdout).split()[:2], first.wait())
try: subprocess.run(["sleep", "100"], timeout=0.2)
except subprocess.TimeoutExpired as expired: print("time-out after", round(expired.timeout, 1))
sleeper = subprocess.Popen(["sleep", "100"], start_new_session=True)
os.killpg(sleeper.pid, signal.SIGTERM)
print("killed by", -sleeper.wait())
try: subprocess.run(["/no/such/program"])
except FileNotFoundError as error: print(error)
print("descriptors", subprocess.run(["ls", "/proc/self/fd"], capture_output=True, text=True, close_fds=True).stdout.split())
print("forty at once", sorted({process.wait() for process in [subprocess.Popen(["sh", "-c", f"exit {n}"]) for n in range(40)]}) == list(range(40)))

with open("file", "wb+") as file:
    file.truncate(3 * mmap.PAGESIZE)
    shared = mmap.mmap(file.fileno(), 0)
    private = mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE)
    shared[5:10] = b"hello"
    private[5:7] = b"HE"
    if not (child := os.fork()):
        shared[mmap.PAGESIZE:mmap.PAGESIZE + 5] = b"child"
        private[0] = 1
        os._exit(0)
    os.waitpid(child, 0)
    shared.flush()
    print("mmap", file.read(10)[5:], private[5:10], private[0], os.pread(file.fileno(), 5, mmap.PAGESIZE))
    shared.resize(5 * mmap.PAGESIZE)
    print("resized", os.fstat(file.fileno()).st_size // mmap.PAGESIZE, shared.find(b"child") == mmap.PAGESIZE, shared[-1])
anonymous = mmap.mmap(-1, 1 << 20)
anonymous.madvise(mmap.MADV_DONTNEED)
print("anonymous", anonymous[1000], len(anonymous))

database = sqlite3.connect("database", timeout=30)
print("journal", database.execute("pragma journal_mode=wal").fetchone())
database.execute("create table numbers (n integer primary key, square integer, worker integer)")
database.commit()
def insert(worker):
    with sqlite3.connect("database", timeout=30) as own:
        for n in range(worker, 1000, 4): own.execute("insert into numbers values (?, ?, ?)", (n, n * n, worker))
writers = [multiprocessing.Process(target=insert, args=(worker,)) for worker in range(4)]
for writer in writers: writer.start()
for writer in writers: writer.join()
print("sqlite3", [writer.exitcode for writer in writers], database.execute("select count(*), sum(square) from numbers").fetchone(), database.execute("pragma integrity_check").fetchone())
threads = [threading.Thread(target=lambda: sqlite3.connect("database").execute("select sum(n) from numbers").fetchone()) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
database.execute("begin immediate")
try: sqlite3.connect("database", timeout=0.1).execute("delete from numbers")
except sqlite3.OperationalError as error: print(error)
database.rollback()

with multiprocessing.Pool(4) as pool: print("pool", sum(pool.map(abs, range(-500, 500), chunksize=10)))
block = shared_memory.SharedMemory(create=True, size=4096)
def fill(name):
    same = shared_memory.SharedMemory(name=name)
    same.buf[:4] = b"seen"
    same.close()
process = multiprocessing.Process(target=fill, args=(block.name,))
process.start(); process.join()
print("shared memory", bytes(block.buf[:4]))
block.close(); block.unlink()

async def serve():
    async def answer(reader, writer):
        writer.write((await reader.readline()).upper())
        await writer.drain()
        writer.close()
    server = await asyncio.start_unix_server(answer, "socket")
    async def ask(n):
        reader, writer = await asyncio.open_unix_connection("socket")
        writer.write(b"question %d\n" % n)
        reply = await reader.read()
        writer.close()
        return reply
    replies = await asyncio.gather(*[ask(n) for n in range(100)])
    print("asyncio", replies[99], len(set(replies)))
    process = await asyncio.create_subprocess_exec("cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    print("its child", (await process.communicate(b"through cat"))[0], process.returncode)
    server.close()
asyncio.run(serve())

alarms = []
signal.signal(signal.SIGALRM, lambda number, frame: alarms.append(number))
signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
while len(alarms) < 5: signal.pause()
signal.setitimer(signal.ITIMER_REAL, 0)
print("alarms", alarms[:5])
left, right = socket.socketpair()
socket.send_fds(left, [b"take"], [os.open("file", os.O_RDONLY)])
data, files, *_ = socket.recv_fds(right, 10, 1)
print("a file over a socket", data, os.pread(files[0], 5, 5))
event = os.eventfd(0); os.eventfd_write(event, 3)
with select.epoll() as watch:
    watch.register(event, select.EPOLLIN)
    print("epoll", watch.poll(1) == [(event, select.EPOLLIN)], os.eventfd_read(event))
began = time.monotonic(); time.sleep(0.05); print("slept", 0.05 <= time.monotonic() - began < 5)
print("threads", threading.active_count(), "encoding", sys.getfilesystemencoding(), os.cpu_count() > 0)
