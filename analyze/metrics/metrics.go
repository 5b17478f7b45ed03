// Package metrics shows the state of live channels to Prometheus, in its own
// format and in that of OpenMetrics.
package metrics

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/report"
)

// Handler serves the state of a board's channels, and of the process.
func Handler(b *analyze.Board) http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(collector{b}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{EnableOpenMetrics: true})
}

// Retry is how long after it failed listening is tried again, unless a test says
// otherwise.
const Retry = 10 * time.Second

// Serve serves /metrics on an address until ctx ends. Where it cannot listen
// there, it says so once, and tries again every retry: what is found does not depend on who
// looks.
func Serve(ctx context.Context, address string, b *analyze.Board, retry time.Duration) {
	mux := http.NewServeMux()
	mux.Handle("/metrics", Handler(b))
	said := false
	for ctx.Err() == nil {
		err := serve(ctx, address, mux)
		if ctx.Err() != nil {
			return
		}
		if !said {
			slog.Error("metrics are not served; it is tried again until they are", "address", address, "error", err)
			said = true
		}
		select {
		case <-ctx.Done():
		case <-time.After(retry):
		}
	}
}

// serve serves until ctx ends, or it fails.
func serve(ctx context.Context, address string, h http.Handler) error {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, WriteTimeout: time.Minute, IdleTimeout: time.Minute}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// A collector makes metrics of a board when they are asked for.
type collector struct{ board *analyze.Board }

// of describes a metric of a channel, with further labels.
func of(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("vqa_"+name, help, append([]string{"channel"}, labels...), nil)
}

// Names carry their units, as Prometheus has it.
var (
	up          = of("channel_up", "Whether the source is connected.")
	connections = of("channel_connections_total", "Times that the source was connected.")
	analysed    = of("channel_media_seconds_total", "Media time analysed.")
	speed       = of("channel_speed_ratio", "Media time analysed for each second of the wall clock, of late.")
	behind      = of("channel_latency_seconds", "How far the analysis is behind the source.")
	queued      = of("channel_queue_length", "Items decoded and not measured yet.")
	capacity    = of("channel_queue_capacity", "Items that the queue holds.")
	bitrate     = of("channel_bitrate_bits_per_second", "Bit rate of the packets analysed, of late.")
	pictureAge  = of("channel_last_picture_age_seconds", "Time since the last picture was analysed.")
	packets     = of("channel_packets_total", "Packets read.")
	corrupt     = of("channel_corrupt_packets_total", "Packets that the container calls corrupt.")
	pictures    = of("channel_pictures_total", "Pictures decoded.")
	damaged     = of("channel_damaged_pictures_total", "Pictures that are corrupt, concealed or without their references.")
	dropped     = of("channel_dropped_pictures_total", "Pictures left out for want of time.")
	errorsTotal = of("channel_decode_errors_total", "Errors of the decoders.")

	state   = of("detector_state", "1 for the state that a detector is in: clean, defects, not_applicable, error.", "detector", "state")
	alerts  = of("detector_alerts", "Alerts that are open.", "detector")
	events  = of("detector_events_total", "Events that have closed.", "detector", "kind")
	seconds = of("detector_defect_seconds_total", "Media time in which something was wrong.", "detector")
)

var states = []report.Status{report.Clean, report.Defects, report.NotApplicable, report.Failed}

// Describe sends nothing: what there is depends on the channels.
func (collector) Describe(chan<- *prometheus.Desc) {}

func (c collector) Collect(out chan<- prometheus.Metric) {
	for _, s := range c.board.Statuses() {
		gauge := func(d *prometheus.Desc, v float64, labels ...string) {
			out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, append([]string{s.Channel}, labels...)...)
		}
		counter := func(d *prometheus.Desc, v float64, labels ...string) {
			out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, append([]string{s.Channel}, labels...)...)
		}
		gauge(up, number(s.Up))
		counter(connections, float64(s.Connections))
		counter(analysed, s.Media.Seconds())
		gauge(speed, s.Speed)
		gauge(behind, s.Behind.Seconds())
		gauge(queued, float64(s.Queued))
		gauge(capacity, analyze.QueueLength)
		gauge(bitrate, s.Bitrate)
		if !s.LastPicture.IsZero() {
			gauge(pictureAge, time.Since(s.LastPicture).Seconds())
		}
		counter(packets, float64(s.Counters.Packets))
		counter(corrupt, float64(s.Counters.CorruptPackets))
		counter(pictures, float64(s.Counters.Pictures))
		counter(damaged, float64(s.Counters.DamagedPictures))
		counter(dropped, float64(s.Counters.Dropped))
		counter(errorsTotal, float64(s.Counters.DecodeErrors))
		for _, d := range s.Detectors {
			for _, is := range states {
				gauge(state, number(d.State == is), d.Name, string(is))
			}
			gauge(alerts, float64(d.Alerts), d.Name)
			counter(seconds, d.DefectSeconds, d.Name)
			for kind, n := range d.Events {
				counter(events, float64(n), d.Name, kind)
			}
		}
	}
}

func number(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
