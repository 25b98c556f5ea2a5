// A program with one defect, that only a sanitizer notices. `volatile` hides it from the compiler.
#include <climits>

int main() {
#if defined(DEFECT_USE_AFTER_FREE)
  int* volatile number = new int{1};
  delete number;
  return *number - 1;
#elif defined(DEFECT_OVERFLOW)
  volatile int number = INT_MAX;
  number = number + 1;
  return 0;
#endif
}
