/* Does nothing: what is measured is its start with the libraries that it is linked with. */
int library_1(int value);

int main(void)
{
    return library_1(1) == 3 ? 0 : 1;
}
