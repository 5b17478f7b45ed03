#include "native.h"

#include <poll.h>
#include <pthread.h>

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

// How many packets are noted. A decoder holds back fewer: as many pictures as
// it reorders (16), and one for each thread.
#define NOTES 256

struct vqa_notes {
	pthread_mutex_t lock;
	int names_missing; // the decoder does
	int b_disposable;  // B pictures always are
	int picture_each;  // each packet is one picture, in the order of showing
	int filled;        // buffers are, before they are decoded into
	int64_t reached;   // the last packet, in the order of coding, that became a picture
	struct note {
		int64_t packet;
		int concealed, missing, errors;
		int corrupt, disposable;
	} of[NOTES];
};

vqa_notes *vqa_notes_alloc(void)
{
	vqa_notes *n = av_mallocz(sizeof *n);
	if (!n)
		return NULL;
	pthread_mutex_init(&n->lock, NULL);
	n->reached = -1;
	for (int i = 0; i < NOTES; i++)
		n->of[i].packet = -1;
	return n;
}

void vqa_notes_free(vqa_notes *n)
{
	if (n)
		pthread_mutex_destroy(&n->lock);
	av_free(n);
}

// hear adds what the decoder c says of the packet that it is at.
static void hear(const AVCodecContext *c, int concealed, int missing, int errors)
{
	vqa_notes *n = c->opaque;
	if (!n || c->reordered_opaque < 0)
		return;
	struct note *p = &n->of[c->reordered_opaque % NOTES];
	pthread_mutex_lock(&n->lock);
	if (p->packet == c->reordered_opaque) {
		p->concealed += concealed;
		p->missing += missing;
		p->errors += errors;
	}
	pthread_mutex_unlock(&n->lock);
}

// The decoders of H.264 and HEVC say which references they miss. With others,
// pictures are lost where packets could not be decoded.
static int names_missing(enum AVCodecID id)
{
	return id == AV_CODEC_ID_H264 || id == AV_CODEC_ID_HEVC;
}

// recall fills in what is known of the packet that a picture came from.
static void recall(vqa_notes *n, vqa_frame *o)
{
	if (o->packet < 0)
		return;
	pthread_mutex_lock(&n->lock);
	const struct note *p = &n->of[o->packet % NOTES];
	if (p->packet == o->packet) {
		o->concealed += p->concealed;
		o->missing = p->missing;
		o->corrupt = p->corrupt;
		o->disposable = p->disposable || (n->b_disposable && o->type == 'B');
	}
	if (!n->names_missing && n->reached >= 0)
		for (int64_t i = FFMAX(n->reached + 1, o->packet - NOTES + 1); i < o->packet; i++) {
			p = &n->of[i % NOTES];
			o->lost += p->packet == i && (p->errors || n->picture_each);
		}
	n->reached = FFMAX(n->reached, o->packet);
	pthread_mutex_unlock(&n->lock);
}

// unwritten is what the buffer for a packet's picture is filled with: colours that
// no picture has, and not those that are predicted from what was not written of
// up to 16 pictures before it, nor from a mean of two of them.
static void unwritten(int64_t packet, int colour[3])
{
	const uint32_t hash = (uint32_t)packet * 2654435761u;
	colour[0] = packet & 15;
	colour[1] = hash >> 29;
	colour[2] = hash >> 26 & 7;
}

// get_filled_buffer gives the decoder of HEVC, which conceals nothing, memory in
// which can be seen what it did not write to. Blocks of a damaged picture that
// it does not come to would else show any picture before.
static int get_filled_buffer(AVCodecContext *c, AVFrame *f, int flags)
{
	int err = avcodec_default_get_buffer2(c, f, flags);
	const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->format);
	if (err < 0 || layout_of(d, f->format) != VQA_PLANAR)
		return err;
	int colour[3];
	unwritten(c->reordered_opaque, colour);
	for (int i = 0; i < 3 && i < d->nb_components; i++) {
		const int width = i ? AV_CEIL_RSHIFT(f->width, d->log2_chroma_w) : f->width;
		const int height = i ? AV_CEIL_RSHIFT(f->height, d->log2_chroma_h) : f->height;
		uint8_t *line = f->data[i];
		if (d->comp[0].depth > 8)
			for (int x = 0; x < width; x++)
				((uint16_t *)line)[x] = colour[i];
		else
			memset(line, colour[i], width);
		for (int y = 1; y < height; y++)
			memcpy(line + (ptrdiff_t)y * f->linesize[i], line, (size_t)width * d->comp[0].step);
	}
	return 0;
}

// count_unwritten returns how many macroblocks of a picture of three planes still
// have, in their middle, what its buffer was filled with.
static int count_unwritten(const AVFrame *f, const AVPixFmtDescriptor *d)
{
	int colour[3], count = 0;
	unwritten(f->reordered_opaque, colour);
	for (int y = 8; y < f->height; y += 16)
		for (int x = 8; x < f->width; x += 16) {
			int same = 1;
			for (int i = 0; i < 3 && same; i++) {
				const uint8_t *s = f->data[i] + (ptrdiff_t)(y >> (i ? d->log2_chroma_h : 0)) * f->linesize[i] +
				                   (x >> (i ? d->log2_chroma_w : 0)) * d->comp[i].step;
				same = (d->comp[i].step == 2 ? *(const uint16_t *)s : *s) == colour[i];
			}
			count += same;
		}
	return count;
}

void vqa_frame_read(const AVFrame *f, int video, vqa_notes *n, vqa_frame *o)
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
	o->aspect = f->sample_aspect_ratio.den ? av_q2d(f->sample_aspect_ratio) : 0;
	o->key = f->key_frame;
	o->interlaced = f->interlaced_frame;
	o->top_field_first = f->top_field_first;
	o->type = av_get_picture_type_char(f->pict_type);
	o->packet = f->reordered_opaque;
	recall(n, o);
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
	if (n && n->filled && planes == 3)
		o->concealed += count_unwritten(f, d);
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

int vqa_still(const AVFrame *src, uint8_t *dst, int width, int height)
{
	struct SwsContext *sws = sws_getContext(src->width, src->height, src->format, width, height,
	                                        AV_PIX_FMT_RGB0, SWS_AREA, NULL, NULL, NULL);
	if (!sws)
		return AVERROR(ENOSYS);
	// Where the stream does not say, HD is BT.709 and the rest BT.601.
	int space = src->colorspace != AVCOL_SPC_UNSPECIFIED ? src->colorspace
	          : src->height >= 720 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
	sws_setColorspaceDetails(sws, sws_getCoefficients(space), src->color_range == AVCOL_RANGE_JPEG,
	                         sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
	uint8_t *to[4] = {dst};
	int stride[4] = {4 * width};
	int err = sws_scale(sws, (const uint8_t *const *)src->data, src->linesize, 0, src->height, to, stride);
	sws_freeContext(sws);
	return err < 0 ? err : 0;
}

void vqa_decoder_setup(AVCodecContext *c, AVRational pkt_timebase, vqa_notes *n)
{
	// Decoders need it to trim encoder delay by timestamps.
	c->pkt_timebase = pkt_timebase;
	c->opaque = n;
	n->names_missing = names_missing(c->codec_id);
	n->b_disposable = c->codec_id == AV_CODEC_ID_MPEG1VIDEO || c->codec_id == AV_CODEC_ID_MPEG2VIDEO ||
	                  c->codec_id == AV_CODEC_ID_MPEG4;
	n->filled = c->codec_id == AV_CODEC_ID_HEVC;
	if (n->filled) {
		c->get_buffer2 = get_filled_buffer;
#if LIBAVCODEC_VERSION_MAJOR < 60 // callbacks always are since then
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
		c->thread_safe_callbacks = 1;
#pragma GCC diagnostic pop
#endif
	}
	// Where it decodes several pictures at a time, how many are lost with one that
	// is damaged depends on how many those are.
	if (c->codec_id == AV_CODEC_ID_AV1)
		c->flags |= AV_CODEC_FLAG_LOW_DELAY;
	// dav1d logs from threads that know nothing of packets.
	n->picture_each = c->codec_id == AV_CODEC_ID_AV1;
	c->reordered_opaque = -1;
}

// disposable reports whether the packet holds a picture that no other is
// predicted from, as the header of its first slice says: nal_ref_idc of H.264
// (clause 7.4.1), the sub-layer non-reference pictures of HEVC (table 7-1).
static int disposable(const AVCodecContext *c, const AVPacket *p)
{
	const int hevc = c->codec_id == AV_CODEC_ID_HEVC;
	if (!hevc && c->codec_id != AV_CODEC_ID_H264)
		return 0;
	int prefix = 0; // bytes of the length before each unit, 0 for start codes
	if (c->extradata_size > (hevc ? 22 : 6) && c->extradata[0] == 1)
		prefix = (c->extradata[hevc ? 21 : 4] & 3) + 1;
	for (int64_t i = 0; i + 4 < p->size;) {
		const uint8_t *unit = p->data + i;
		int64_t size = 0;
		if (prefix) {
			for (int k = 0; k < prefix; k++)
				size = size << 8 | *unit++;
			i += prefix + size;
		} else {
			i++;
			if (unit[0] || unit[1] || unit[2] != 1)
				continue;
			unit += 3;
		}
		const int type = hevc ? unit[0] >> 1 & 63 : unit[0] & 31;
		if (hevc && type < 32)
			return type <= 14 && type % 2 == 0;
		if (!hevc && type >= 1 && type <= 5)
			return (unit[0] >> 5 & 3) == 0;
	}
	return 0;
}

void vqa_decoder_packet(AVCodecContext *c, const AVPacket *p, int64_t number, int corrupt)
{
	vqa_notes *n = c->opaque;
	struct note *note = &n->of[number % NOTES];
	pthread_mutex_lock(&n->lock);
	*note = (struct note){ .packet = number, .corrupt = corrupt, .disposable = disposable(c, p) };
	pthread_mutex_unlock(&n->lock);
	c->reordered_opaque = number;
}

void vqa_decoder_skip(AVCodecContext *c, int what)
{
	static const enum AVDiscard skip[] = { AVDISCARD_DEFAULT, AVDISCARD_NONREF, AVDISCARD_NONKEY };
	c->skip_frame = skip[what];
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

int vqa_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	return poll(&p, 1, 0) != 0;
}

static int begins(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

// listen takes down what a decoder says of the packet that it is at. Threads
// of a decoder have contexts of their own, with the owner's opaque and the
// number of their packet.
static void listen(void *context, int level, const char *format, va_list args)
{
	const AVClass *class = context ? *(const AVClass **)context : NULL;
	if (!class || class != avcodec_get_class())
		return;
	// libavcodec/error_resilience.c: macroblocks whose coefficients or motion
	// are lost.
	if (begins(format, "concealing %d DC, %d AC, %d MV errors")) {
		int most = 0;
		va_list copy;
		va_copy(copy, args);
		for (int i = 0; i < 3; i++) {
			int n = va_arg(copy, int);
			most = FFMAX(most, n);
		}
		va_end(copy);
		hear(context, most, 0, 0);
		return;
	}
	// libavcodec/h264_slice.c, h264_refs.c, hevc_refs.c, vp9.c
	int missing = begins(format, "Frame num gap") || begins(format, "Missing reference picture") ||
	              begins(format, "Could not find ref with POC") || begins(format, "Requested reference");
	if (missing || level <= AV_LOG_ERROR)
		hear(context, 0, missing, level <= AV_LOG_ERROR);
}

static void log_line(void *context, int level, const char *format, va_list args)
{
	listen(context, level, format, args);
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
