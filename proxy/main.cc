// The composition root: the one file that knows everything.
int main() { return 1; }
