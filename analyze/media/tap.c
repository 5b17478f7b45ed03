#include "native.h"

#include "_cgo_export.h"

// A tap stands between a demuxer and what it reads.
typedef struct {
	AVIOContext *inner;
	uintptr_t handle;
} tap;

static int tap_read(void *opaque, uint8_t *buf, int size)
{
	tap *t = opaque;
	int64_t at = avio_tell(t->inner);
	int n = avio_read_partial(t->inner, buf, size);
	if (n > 0)
		vqaTap(t->handle, buf, n, at);
	return n ? n : AVERROR_EOF;
}

static int64_t tap_seek(void *opaque, int64_t offset, int whence)
{
	tap *t = opaque;
	if (whence & AVSEEK_SIZE)
		return avio_size(t->inner);
	return avio_seek(t->inner, offset, whence);
}

// What demuxers ask of the protocol, such as the address after a redirect, is
// answered by the context behind the tap.
static void *tap_child(void *obj, void *prev)
{
	tap *t = ((AVIOContext *)obj)->opaque;
	return prev || !t ? NULL : t->inner;
}

static const AVClass tap_class = {
	.class_name = "AVIOContext",
	.item_name = av_default_item_name,
	.version = LIBAVUTIL_VERSION_INT,
	.child_next = tap_child,
};

enum { TAP_BUFFER = 32 << 10 };

int vqa_tap_open(AVFormatContext *f, const char *url, const char *protocols, uintptr_t handle, AVIOContext **io)
{
	AVDictionary *options = NULL;
	int err = av_dict_set(&options, "protocol_whitelist", protocols, 0);
	tap *t = av_mallocz(sizeof *t);
	uint8_t *buf = av_malloc(TAP_BUFFER);
	if (err >= 0)
		err = t && buf ? avio_open2(&t->inner, url, AVIO_FLAG_READ, &f->interrupt_callback, &options) : AVERROR(ENOMEM);
	av_dict_free(&options);
	AVIOContext *outer = NULL;
	if (err >= 0) {
		outer = avio_alloc_context(buf, TAP_BUFFER, 0, t, tap_read, NULL, tap_seek);
		if (!outer) {
			avio_close(t->inner);
			err = AVERROR(ENOMEM);
		}
	}
	if (err < 0) {
		av_free(buf);
		av_free(t);
		return err;
	}
	outer->av_class = &tap_class;
	outer->seekable = t->inner->seekable;
	outer->max_packet_size = t->inner->max_packet_size;
	t->handle = handle;
	f->pb = *io = outer;
	return 0;
}

int vqa_tap_read(AVIOContext *io, int64_t offset, uint8_t *buf, int size)
{
	tap *t = io->opaque;
	if (avio_tell(t->inner) != offset) {
		int64_t err = avio_seek(t->inner, offset, SEEK_SET);
		if (err < 0)
			return err;
	}
	return avio_read_partial(t->inner, buf, size);
}

void vqa_tap_close(AVIOContext *io)
{
	tap *t = io->opaque;
	avio_close(t->inner);
	av_free(t);
	av_freep(&io->buffer);
	avio_context_free(&io);
}
