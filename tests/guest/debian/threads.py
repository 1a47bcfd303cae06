# 64 threads at once: locks, queues, a condition that goes round, hashes without the interpreter's lock, processes.
import hashlib, queue, subprocess, threading, zlib

N = 64


def all_of(body):
    threads = [threading.Thread(target=body, args=(n,)) for n in range(N)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()


total = 0
lock = threading.Lock()
start = threading.Barrier(N)
def add(n):
    global total
    start.wait()
    for i in range(100):
        with lock: total += n * i
all_of(add)
print("lock", total == sum(n * i for n in range(N) for i in range(100)))

work, done = queue.Queue(8), queue.Queue()
def serve(n):
    while (item := work.get()) is not None: done.put(zlib.crc32(b"%d" % item))
    done.put(None)
feeder = threading.Thread(target=lambda: [work.put(item) for item in [*range(1000), *[None] * N]])
feeder.start()
all_of(serve)
feeder.join()
answers = [done.get() for _ in range(1000 + N)]
print("queue", sorted(a for a in answers if a is not None) == sorted(zlib.crc32(b"%d" % item) for item in range(1000)))

turn = 0
changed = threading.Condition()
def take_turns(n):
    global turn
    for _ in range(2):
        with changed:
            changed.wait_for(lambda: turn % N == n)
            turn += 1
            changed.notify_all()
all_of(take_turns)
print("condition", turn == 2 * N)

blocks = [bytes([n]) * 200000 for n in range(N)]
digests = [None] * N
def digest(n): digests[n] = hashlib.sha256(blocks[n]).digest()
all_of(digest)
print("hashes", digests == [hashlib.sha256(block).digest() for block in blocks])

answers = [None] * N
few = threading.BoundedSemaphore(8)
def square(n):
    if n % 4 == 0:
        with few: answers[n] = subprocess.run(["/bin/sh", "-c", "read x; echo $((x * x))"], input=b"%d\n" % n, capture_output=True, check=True).stdout
all_of(square)
print("processes", answers[::4] == [b"%d\n" % (n * n) for n in range(0, N, 4)])
