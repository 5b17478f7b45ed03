// What go-astiav v0.16 has no accessor for, in one place.
#ifndef VQA_MEDIA_NATIVE_H
#define VQA_MEDIA_NATIVE_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

// How the pixels of a picture are stored.
enum { VQA_UNSUPPORTED, VQA_CONVERT, VQA_PLANAR };

// What is known of each of the last packets that a decoder was sent, and what
// it says of them, in the log alone. Decoders with threads write at the same
// time.
typedef struct vqa_notes vqa_notes;

typedef struct {
	int64_t pts;      // best effort, in the packets' time base; AV_NOPTS_VALUE where unknown
	int64_t duration; // in the packets' time base; 0 where unknown

	// Video
	int width, height, depth, layout;
	int chroma_width, chroma_height; // 0 for grey
	double aspect;                   // width of a sample divided by its height; 0 where unknown
	int full_range, key, interlaced, top_field_first;
	char type;
	int flags, error_flags;
	int64_t packet;                 // number given to vqa_decoder_packet
	int concealed, missing;         // what the decoder logged of that packet, or did not write
	int corrupt, disposable;        // of that packet
	int lost;                       // packets since the picture before that became none

	// Audio
	int samples, sample_rate, channels, sample_format;

	const uint8_t *data[3];
	int stride[3];
} vqa_frame;

void vqa_frame_read(const AVFrame *f, int video, vqa_notes *n, vqa_frame *out);

// vqa_still scales a picture to dst, 4 bytes (RGB and one more) for each sample and
// width*4 for each line. It returns 0 or an AVERROR.
int vqa_still(const AVFrame *src, uint8_t *dst, int width, int height);

// vqa_convert makes a planar picture of any other. It returns 0 or an AVERROR.
int vqa_convert(struct SwsContext **sws, const AVFrame *src, AVFrame *dst);

vqa_notes *vqa_notes_alloc(void);
void vqa_notes_free(vqa_notes *n);

// vqa_decoder_setup readies a decoder that is to be opened, and has it write
// to n, which must outlive it.
void vqa_decoder_setup(AVCodecContext *c, AVRational pkt_timebase, vqa_notes *n);

// vqa_decoder_packet numbers the packet that is sent next.
void vqa_decoder_packet(AVCodecContext *c, const AVPacket *p, int64_t number, int corrupt);

// vqa_decoder_skip leaves out pictures from the next packet on: 0 none, 1 those
// that no other is predicted from, 2 all but key pictures.
void vqa_decoder_skip(AVCodecContext *c, int what);

int vqa_best_video(AVFormatContext *f);
int vqa_is_attached_picture(const AVStream *s);
void vqa_discard(AVStream *s);

// vqa_io_error returns what kept f's file from being read, or 0. Demuxers tell
// an error and the end of the file apart only sometimes.
int vqa_io_error(const AVFormatContext *f);

// vqa_seekable reports whether any place of f's file can be read.
int vqa_seekable(const AVFormatContext *f);

// vqa_tap_open opens url, gives f a context that reads it, and shows every read
// to vqaTap with handle. Where it fails it returns an AVERROR.
int vqa_tap_open(AVFormatContext *f, const char *url, const char *protocols, uintptr_t handle, AVIOContext **io);

// vqa_tap_read reads at an offset, past the tap: the bytes, 0 at the end, or an
// AVERROR.
int vqa_tap_read(AVIOContext *io, int64_t offset, uint8_t *buf, int size);

void vqa_tap_close(AVIOContext *io);

// vqa_hear tells vqaOpened, with handle, of everything that f opens from then on,
// but of what vqaIsPlaylist knows vqaPlaylist, with what it says. What it returns
// must be freed after f.
typedef struct vqa_opener vqa_opener;
vqa_opener *vqa_hear(AVFormatContext *f, uintptr_t handle);

// vqa_fetch reads all of url, up to size bytes. It returns how many, or an
// AVERROR. location becomes where redirections ended, to be freed by av_free, or NULL.
int vqa_fetch(AVFormatContext *f, const char *url, const char *protocols, uint8_t *buf, int size, char **location);

// vqa_readable reports whether a read of fd would return at once.
int vqa_readable(int fd);

// vqa_log_start sends FFmpeg's log, warnings and worse, to vqaLog.
void vqa_log_start(void);

#endif
