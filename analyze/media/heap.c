// How the C heap grows, where that is glibc's.

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#include <unistd.h>

// FFmpeg begins new threads with each source, and returns the pictures of
// whichever one ran behind. By default glibc has eight arenas for each processor, and,
// once a picture was freed, takes those of that size from arenas, too: memory creeps up
// for as long as live input breaks and comes back. Here an arena for each processor is
// enough, and pictures, which FFmpeg pools, are mapped and given back whole.
__attribute__((constructor)) static void bound_heap(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	mallopt(M_ARENA_MAX, processors > 1 ? (int)processors : 1);
	mallopt(M_MMAP_THRESHOLD, 128 << 10); // the default, which no longer moves once it is set
}
#endif
