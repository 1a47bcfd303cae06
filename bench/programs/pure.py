"""Works for a while in Python alone: numbers, strings, lists, dictionaries, calls and exceptions."""


def sieve(limit):
    is_prime = [True] * (limit + 1)
    for number in range(2, int(limit ** 0.5) + 1):
        if is_prime[number]:
            for multiple in range(number * number, limit + 1, number):
                is_prime[multiple] = False
    return sum(1 for number in range(2, limit + 1) if is_prime[number])


def queens(size, row=0, columns=frozenset(), rising=frozenset(), falling=frozenset()):
    if row == size:
        return 1
    return sum(
        queens(size, row + 1, columns | {column}, rising | {row + column}, falling | {row - column})
        for column in range(size)
        if column not in columns and row + column not in rising and row - column not in falling)


def count_words(lines):
    counts = {}
    for line in lines:
        for word in line.split():
            counts[word] = counts.get(word, 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


class Account:
    def __init__(self):
        self.balance = 0

    def add(self, amount):
        if self.balance + amount < 0:
            raise ValueError(amount)
        self.balance += amount


def pay(times):
    account, refused = Account(), 0
    for number in range(times):
        try:
            account.add(number % 7 - 3)
        except ValueError:
            refused += 1
    return account.balance, refused


def main():
    print(sieve(100000), queens(6), count_words(f"word{n % 97} of line {n}" for n in range(10000))[0], pay(50000))
    print("done")


main()
