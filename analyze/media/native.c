#include "native.h"

#include <poll.h>

#include <libavutil/imgutils.h>
#include <libavutil/log.h>

#include "_cgo_export.h"

// The layout in which a pixel format can be measured in place: planes of
// samples that start at bit 0, luma first, in the byte order of this machine.
static int layout_of(const AVPixFmtDescriptor *d, enum AVPixelFormat format)
{
	if (!d || (d->flags & AV_PIX_FMT_FLAG_HWACCEL))
		return VQA_UNSUPPORTED;
	int no = AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM |
	         AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_FLOAT;
	int depth = d->comp[0].depth;
	int bytes = depth > 8 ? 2 : 1;
	if ((d->flags & no) || depth < 8 || depth > 16)
		return VQA_CONVERT;
	if (bytes == 2 && !!(d->flags & AV_PIX_FMT_FLAG_BE) != !!AV_HAVE_BIGENDIAN)
		return VQA_CONVERT;
	int colours = d->nb_components >= 3 ? 3 : 1;
	for (int i = 0; i < colours; i++) {
		const AVComponentDescriptor *c = &d->comp[i];
		if (c->plane != i || c->step != bytes || c->offset || c->shift || c->depth != depth)
			return VQA_CONVERT;
	}
	return VQA_PLANAR;
}

void vqa_frame_read(const AVFrame *f, int video, vqa_frame *o)
{
	memset(o, 0, sizeof *o);
	o->pts = f->best_effort_timestamp;
	o->duration = f->pkt_duration;
	o->flags = f->flags;
	o->error_flags = f->decode_error_flags;
	if (!video) {
		o->samples = f->nb_samples;
		o->sample_rate = f->sample_rate;
		o->channels = f->ch_layout.nb_channels;
		o->sample_format = f->format;
		return;
	}
	const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->format);
	o->layout = layout_of(d, f->format);
	o->width = f->width;
	o->height = f->height;
	o->key = f->key_frame;
	o->interlaced = f->interlaced_frame;
	o->top_field_first = f->top_field_first;
	o->type = av_get_picture_type_char(f->pict_type);
	if (o->layout != VQA_PLANAR)
		return;
	o->depth = d->comp[0].depth;
	// Grey formats are 0..255 unless they say otherwise, as in FFmpeg's scaler.
	o->full_range = f->color_range == AVCOL_RANGE_JPEG || strncmp(d->name, "yuvj", 4) == 0 ||
	                (d->nb_components < 3 && f->color_range != AVCOL_RANGE_MPEG);
	int planes = 1;
	if (d->nb_components >= 3) {
		planes = 3;
		o->chroma_width = AV_CEIL_RSHIFT(f->width, d->log2_chroma_w);
		o->chroma_height = AV_CEIL_RSHIFT(f->height, d->log2_chroma_h);
	}
	for (int i = 0; i < planes; i++) {
		o->data[i] = f->data[i];
		o->stride[i] = f->linesize[i];
	}
}

int vqa_convert(struct SwsContext **sws, const AVFrame *src, AVFrame *dst)
{
	const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(src->format);
	int deep = d && d->comp[0].depth > 8;
	int half_w = d && d->log2_chroma_w, half_h = d && d->log2_chroma_h;
	enum AVPixelFormat to = half_h ? (deep ? AV_PIX_FMT_YUV420P10 : AV_PIX_FMT_YUV420P)
	                      : half_w ? (deep ? AV_PIX_FMT_YUV422P10 : AV_PIX_FMT_YUV422P)
	                               : (deep ? AV_PIX_FMT_YUV444P10 : AV_PIX_FMT_YUV444P);
	*sws = sws_getCachedContext(*sws, src->width, src->height, src->format, src->width, src->height,
	                            to, SWS_POINT, NULL, NULL, NULL);
	if (!*sws)
		return AVERROR(ENOSYS);
	dst->format = to;
	dst->width = src->width;
	dst->height = src->height;
	int err = av_frame_get_buffer(dst, 0);
	if (err < 0)
		return err;
	err = sws_scale(*sws, (const uint8_t *const *)src->data, src->linesize, 0, src->height, dst->data, dst->linesize);
	if (err < 0)
		return err;
	err = av_frame_copy_props(dst, src);
	// The scaler makes limited range of RGB and grey, whatever range these had.
	if (d->nb_components < 3 || (d->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)))
		dst->color_range = AVCOL_RANGE_MPEG;
	return err;
}

void vqa_decoder_setup(AVCodecContext *c, AVRational pkt_timebase)
{
	// Decoders need it to trim encoder delay by timestamps.
	c->pkt_timebase = pkt_timebase;
}

int vqa_best_video(AVFormatContext *f)
{
	int i = av_find_best_stream(f, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
	return i >= 0 && !vqa_is_attached_picture(f->streams[i]) ? i : -1;
}

int vqa_is_attached_picture(const AVStream *s)
{
	return !!(s->disposition & AV_DISPOSITION_ATTACHED_PIC);
}

void vqa_discard(AVStream *s)
{
	s->discard = AVDISCARD_ALL;
}

int vqa_io_error(const AVFormatContext *f)
{
	int err = f->pb ? f->pb->error : 0;
	return err == AVERROR_EOF ? 0 : err;
}

int vqa_seekable(const AVFormatContext *f)
{
	return f->pb && (f->pb->seekable & AVIO_SEEKABLE_NORMAL);
}

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

struct vqa_opener {
	int (*open)(AVFormatContext *, AVIOContext **, const char *, int, AVDictionary **);
	uintptr_t handle;
};

static int hear_open(AVFormatContext *f, AVIOContext **pb, const char *url, int flags, AVDictionary **options)
{
	vqa_opener *o = f->opaque;
	int err = o->open(f, pb, url, flags, options);
	vqaOpened(o->handle, (char *)url, err, err < 0 ? -1 : avio_size(*pb));
	return err;
}

vqa_opener *vqa_hear(AVFormatContext *f, uintptr_t handle)
{
	vqa_opener *o = av_mallocz(sizeof *o);
	if (!o)
		return NULL;
	o->open = f->io_open;
	o->handle = handle;
	f->opaque = o;
	f->io_open = hear_open;
	return o;
}

int vqa_fetch(AVFormatContext *f, const char *url, const char *protocols, uint8_t *buf, int size)
{
	AVDictionary *options = NULL;
	AVIOContext *io = NULL;
	int err = av_dict_set(&options, "protocol_whitelist", protocols, 0);
	if (err >= 0)
		err = avio_open2(&io, url, AVIO_FLAG_READ, &f->interrupt_callback, &options);
	av_dict_free(&options);
	if (err < 0)
		return err;
	err = avio_read(io, buf, size);
	avio_close(io);
	return err == AVERROR_EOF ? 0 : err;
}

int vqa_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	return poll(&p, 1, 0) != 0;
}

static void log_line(void *context, int level, const char *format, va_list args)
{
	if (level > AV_LOG_WARNING)
		return;
	char line[512]; // longer lines are cut
	va_list copy;
	va_copy(copy, args);
	vsnprintf(line, sizeof line, format, copy);
	va_end(copy);
	const char *name = "";
	if (context) {
		const AVClass *class = *(const AVClass **)context;
		if (class && class->item_name)
			name = class->item_name(context);
	}
	vqaLog(context, level, (char *)format, (char *)name, line);
}

void vqa_log_start(void)
{
	av_log_set_callback(log_line);
}
