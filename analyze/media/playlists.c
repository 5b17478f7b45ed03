// What FFmpeg opens for an HLS playlist, and the playlists themselves.
#include "native.h"

#include <libavutil/opt.h>

#include "_cgo_export.h"

struct vqa_opener {
	int (*open)(AVFormatContext *, AVIOContext **, const char *, int, AVDictionary **);
	int (*close)(AVFormatContext *, AVIOContext *);
	uintptr_t handle;
};

// A text is a playlist that was read in FFmpeg's place. As the context that it
// was read from, it says where redirections ended.
struct text {
	const AVClass *class;
	char *location;
	uint8_t *bytes;
	int size, at;
};

static const AVOption text_options[] = {
	{ "location", NULL, offsetof(struct text, location), AV_OPT_TYPE_STRING, { .str = NULL }, 0, 0, 0 },
	{ NULL },
};

static const AVClass text_class = { .class_name = "playlist", .item_name = av_default_item_name, .option = text_options, .version = LIBAVUTIL_VERSION_INT };

static void *text_of(void *io, void *before)
{
	return before ? NULL : ((AVIOContext *)io)->opaque;
}

static const AVClass text_io_class = { .class_name = "playlist", .item_name = av_default_item_name, .child_next = text_of, .version = LIBAVUTIL_VERSION_INT };

static int text_read(void *opaque, uint8_t *buf, int size)
{
	struct text *t = opaque;
	size = FFMIN(size, t->size - t->at);
	if (size <= 0)
		return AVERROR_EOF;
	memcpy(buf, t->bytes + t->at, size);
	t->at += size;
	return size;
}

static void text_free(struct text *t)
{
	av_freep(&t->location);
	av_freep(&t->bytes);
	av_free(t);
}

// text_fill reads all of a playlist, as far as it is of a size that any has.
static int text_fill(struct text *t, AVIOContext *from)
{
	enum { STEP = 1 << 16, MOST = 8 << 20 };
	for (;;) {
		int err = av_reallocp(&t->bytes, t->size + STEP);
		if (err < 0)
			return err;
		int n = avio_read(from, t->bytes + t->size, STEP);
		if (n < 0)
			return n == AVERROR_EOF ? 0 : n;
		t->size += n;
		if (t->size > MOST)
			return AVERROR(EFBIG);
	}
}

// text_open puts a text in the place of the context that it reads.
static int text_open(AVFormatContext *f, AVIOContext **pb)
{
	vqa_opener *o = f->opaque;
	struct text *t = av_mallocz(sizeof *t);
	if (!t)
		return AVERROR(ENOMEM);
	t->class = &text_class;
	av_opt_get(*pb, "location", AV_OPT_SEARCH_CHILDREN, (uint8_t **)&t->location);
	int err = text_fill(t, *pb);
	o->close(f, *pb);
	*pb = NULL;
	enum { BUFFER = 4096 };
	uint8_t *buffer = err < 0 ? NULL : av_malloc(BUFFER);
	AVIOContext *io = buffer ? avio_alloc_context(buffer, BUFFER, 0, t, text_read, NULL, NULL) : NULL;
	if (!io) {
		av_free(buffer);
		text_free(t);
		return err < 0 ? err : AVERROR(ENOMEM);
	}
	io->av_class = &text_io_class;
	*pb = io;
	return 0;
}

static int hear_close(AVFormatContext *f, AVIOContext *pb)
{
	vqa_opener *o = f->opaque;
	if (!pb || pb->read_packet != text_read)
		return o->close(f, pb);
	text_free(pb->opaque);
	av_freep(&pb->buffer);
	avio_context_free(&pb);
	return 0;
}

static int hear_open(AVFormatContext *f, AVIOContext **pb, const char *url, int flags, AVDictionary **options)
{
	vqa_opener *o = f->opaque;
	int err = o->open(f, pb, url, flags, options);
	if (vqaIsPlaylist(o->handle, (char *)url)) {
		if (err >= 0)
			err = text_open(f, pb);
		const struct text *t = err < 0 ? NULL : (*pb)->opaque;
		vqaPlaylist(o->handle, (char *)url, t && t->location ? t->location : (char *)url, err, t ? t->bytes : NULL, t ? t->size : 0);
		return err;
	}
	vqaOpened(o->handle, (char *)url, err, err < 0 ? -1 : avio_size(*pb));
	return err;
}

vqa_opener *vqa_hear(AVFormatContext *f, uintptr_t handle)
{
	vqa_opener *o = av_mallocz(sizeof *o);
	if (!o)
		return NULL;
	o->open = f->io_open;
	o->close = f->io_close2;
	o->handle = handle;
	f->opaque = o;
	f->io_open = hear_open;
	f->io_close2 = hear_close;
	return o;
}

int vqa_fetch(AVFormatContext *f, const char *url, const char *protocols, uint8_t *buf, int size, char **location)
{
	AVDictionary *options = NULL;
	AVIOContext *io = NULL;
	int err = av_dict_set(&options, "protocol_whitelist", protocols, 0);
	if (err >= 0)
		err = avio_open2(&io, url, AVIO_FLAG_READ, &f->interrupt_callback, &options);
	av_dict_free(&options);
	if (err < 0)
		return err;
	av_opt_get(io, "location", AV_OPT_SEARCH_CHILDREN, (uint8_t **)location);
	err = avio_read(io, buf, size);
	avio_close(io);
	return err == AVERROR_EOF ? 0 : err;
}
