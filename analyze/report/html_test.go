package report

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// evil is what a file name or a tag must not do anything with.
const evil = `"><script>window.evil=1</script><img src=x onerror="window.evil=1"></script>{{.}}'` + "\u202e`"

func smallJPEG(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 36)), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// evilDocument is a document of 20 s with an event of each of three kinds, and
// with names from outside that would like to be more.
func evilDocument(t *testing.T) *Document {
	t.Helper()
	picture := smallJPEG(t)
	wave := Series{Stream: 0, Plot: "luma", Name: "mean", Unit: "code value", StepS: 0.04}
	for i := range 500 {
		v := float32(100 + 50*math.Sin(float64(i)/20))
		if i > 200 && i < 230 {
			v = float32(math.NaN())
		}
		wave.Low, wave.High, wave.Mean = append(wave.Low, v-5), append(wave.High, v+5), append(wave.Mean, v)
	}
	sound := wave
	sound.Stream, sound.Plot, sound.Name, sound.Unit = 1, evil, evil, evil
	return &Document{
		Schema: Schema, Tool: Tool{Name: "vqa", Version: evil}, Input: "/clips/" + evil, StartedAt: "2026-01-01T00:00:00Z",
		Format: "mpegts", DurationS: 20,
		Streams: []Stream{
			{Index: 0, Type: "video", Codec: "h264", Analyzed: true, Width: 1920, Height: 1080, FrameRate: "25/1"},
			{Index: 1, Type: "audio", Codec: evil, Analyzed: true, SampleRate: 48000, Channels: 2, Language: evil},
		},
		Detectors: map[string]Detector{
			"freeze":  {Status: Defects, Events: 2, Options: map[string]any{"min-duration": "2s"}},
			"silence": {Status: Defects, Events: 1, Measures: []Measure{{1, "loudness_integrated_lufs", -23}}},
			"black":   {Status: Clean},
			"ts":      {Status: Failed, Error: evil, Tables: []Table{{Name: evil, Columns: []string{"service", "rate_bps"}, Rows: [][]any{{evil, 12.5}, {nil}}}}},
			"hls":     {Status: NotApplicable},
		},
		Events: []Event{
			{Detector: "freeze", Kind: "freeze", Stream: 0, StartS: 4, EndS: 7, Value: 3, Limit: 2, Unit: "s", Evidence: map[string]float64{"pictures": 75, "odd": math.NaN()},
				Pictures: []Picture{{4, "start", picture}, {5.5, "middle", picture}, {7, "after", picture}}},
			{Detector: "silence", Kind: evil, Stream: 1, StartS: 10, EndS: 12, Value: 2, Limit: 1, Unit: evil},
			{Detector: "freeze", Kind: "freeze", Stream: 0, StartS: 15, EndS: 20, Value: 5, Limit: 2, Unit: "s"},
		},
		Plots: &Plots{Series: []Series{wave, sound}, Film: []Picture{{0, "", picture}, {10, "", picture}}},
	}
}

// pageOf writes documents as a page into a file.
func pageOf(t *testing.T, docs ...*Document) string {
	t.Helper()
	var b bytes.Buffer
	w := NewHTML(&b, nil)
	for _, d := range docs {
		for _, m := range d.messages() {
			if err := w.Write(m); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The page names no other file, and what comes from outside is nothing but text
// in it.
func TestPageIsOneFile(t *testing.T) {
	data, err := os.ReadFile(pageOf(t, evilDocument(t)))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, bad := range []string{"<script>window", "<img src=x", "href=", "@import", "https://", "ZgotmplZ", "\u202e"} {
		if strings.Contains(text, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	if n := strings.Count(text, "<script"); n != 2 {
		t.Errorf("%d scripts", n)
	}
	if n := strings.Count(text, "</script"); n != 2 {
		t.Errorf("%d ends of scripts", n)
	}
	if strings.Count(text, `src="data:image/jpeg;base64,`) != 3 {
		t.Error("pictures are missing")
	}
}

// A page of nothing, and of an input that could not be opened, is a page.
func TestPageOfLittle(t *testing.T) {
	for _, d := range []*Document{
		{Schema: Schema, Input: "a.ts"},
		{Schema: Schema, Input: "a.ts", Error: "opening: no such file", Detectors: map[string]Detector{"freeze": {Status: Failed, Error: "no such file"}}},
	} {
		data, err := os.ReadFile(pageOf(t, d))
		if err != nil || !strings.Contains(string(data), "a.ts") || !strings.Contains(string(data), d.Error) {
			t.Errorf("%s, %v", data, err)
		}
	}
	var b bytes.Buffer
	if err := NewHTML(&b, nil).Close(); err != nil || b.Len() > 0 {
		t.Errorf("of no input: %q, %v", b.String(), err)
	}
}

// A tab is a page open in a browser, with what it complained of.
type tab struct {
	t          *testing.T
	run        func(...chromedp.Action) error
	complaints []string
}

func openPage(t *testing.T, path string) *tab {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no chromium")
	}
	alloc, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(browser), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1200, 900),
		chromedp.WSURLReadTimeout(3*time.Minute))...) // on a busy machine it starts slowly
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	out := &tab{t: t, run: func(a ...chromedp.Action) error { return chromedp.Run(ctx, a...) }}
	chromedp.ListenTarget(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			out.complaints = append(out.complaints, e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			out.complaints = append(out.complaints, fmt.Sprint("console ", e.Type))
		case *log.EventEntryAdded:
			out.complaints = append(out.complaints, e.Entry.Text)
		case *network.EventRequestWillBeSent:
			if url := e.Request.URL; !strings.HasPrefix(url, "file:///") && !strings.HasPrefix(url, "data:image/jpeg") {
				out.complaints = append(out.complaints, "asks for "+url)
			}
		}
	})
	out.do(network.Enable(), performance.Enable().WithTimeDomain(performance.EnableTimeDomainThreadTicks), chromedp.Navigate("file://"+path))
	return out
}

func (p *tab) do(actions ...chromedp.Action) {
	p.t.Helper()
	if err := p.run(actions...); err != nil {
		p.t.Fatal(err)
	}
}

// js returns what an expression comes to.
func js[T any](p *tab, expression string) T {
	p.t.Helper()
	var out T
	p.do(chromedp.Evaluate(expression, &out))
	return out
}

func (p *tab) wantTrue(expression string) {
	p.t.Helper()
	if !js[bool](p, expression) {
		p.t.Errorf("not so: %s", expression)
	}
}

// at returns where a share of the way along an element's plot is, on the screen.
func (p *tab) at(selector string, share, down float64) (x, y float64) {
	p.t.Helper()
	box := js[[]float64](p, fmt.Sprintf(`(() => {
		const e = document.querySelector(%q); e.scrollIntoView({block: "center"});
		const b = e.getBoundingClientRect(), left = Math.min(96, b.width * 0.22);
		return [b.left + left + %g * (b.width - left - 8), b.top + %g * b.height];
	})()`, selector, share, down))
	return box[0], box[1]
}

func TestPageInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	p := openPage(t, pageOf(t, evilDocument(t), evilDocument(t)))

	p.wantTrue(`document.querySelectorAll("article").length === 2`)
	p.wantTrue(`document.querySelectorAll(".timeline svg path").length === 4`)
	p.wantTrue(`document.querySelectorAll(".plot svg .line").length === 4`)
	p.wantTrue(`[...document.querySelectorAll(".plot svg .line, .plot svg .band")].every(e => e.getAttribute("d").length > 100 && !e.getAttribute("d").includes("NaN"))`)

	// Hover tells time, value and event.
	x, y := p.at(".plot", 0.25, 0.5)
	p.do(chromedp.MouseEvent("mouseMoved", x, y))
	p.wantTrue(`!document.querySelector(".tip").hidden`)
	tip := js[string](p, `document.querySelector(".tip").innerText`)
	for _, want := range []string{"0:00:05.0", "code value", "freeze, 0:00:04.000 to 0:00:07.000"} {
		if !strings.Contains(tip, want) {
			t.Errorf("the tip lacks %q: %q", want, tip)
		}
	}
	p.wantTrue(`document.querySelector(".tip img").src.startsWith("data:image/jpeg;base64,")`)

	// A click on an event goes to its row.
	x, y = p.at(".timeline", 0.26, 0.4)
	p.do(chromedp.MouseClickXY(x, y))
	p.wantTrue(`document.querySelector("tr.picked button.go").dataset.event === "0"`)
	p.wantTrue(`document.activeElement === document.querySelector("tr.picked button.go")`)

	// The row's button goes to the plot, and zooms.
	p.do(chromedp.Click(`button.go[data-event="1"]`, chromedp.ByQuery))
	p.wantTrue(`document.querySelector("output").textContent === "at 0:00:10.000, 0:00:07.0 to 0:00:15.0"`)
	p.wantTrue(`document.querySelector("tr.picked button.go").dataset.event === "1"`)

	// Buttons and keys.
	p.do(chromedp.Click(`[data-do="all"]`, chromedp.ByQuery))
	p.wantTrue(`document.querySelector("output").textContent.endsWith("0:00:00.0 to 0:00:20.0")`)
	p.do(chromedp.Focus(".timeline", chromedp.ByQuery), chromedp.KeyEvent("+"))
	p.wantTrue(`document.querySelector("output").textContent === "at 0:00:10.000, 0:00:05.0 to 0:00:15.0"`)
	p.do(chromedp.KeyEvent(kb.ArrowRight))
	p.wantTrue(`document.querySelector("output").textContent.startsWith("at 0:00:10.100")`)
	p.do(chromedp.KeyEvent(kb.Enter))
	p.wantTrue(`document.activeElement.dataset.event === "1"`)
	p.do(chromedp.Focus(".timeline", chromedp.ByQuery), chromedp.KeyEvent("0"))
	p.wantTrue(`document.querySelector("output").textContent.endsWith("0:00:00.0 to 0:00:20.0")`)

	// Dragging zooms to what was dragged over.
	x, y = p.at(".plot", 0.5, 0.5)
	x2, _ := p.at(".plot", 0.75, 0.5)
	p.do(chromedp.MouseEvent("mousePressed", x, y, chromedp.ButtonLeft), chromedp.MouseEvent("mouseMoved", x2, y, chromedp.ButtonLeft),
		chromedp.MouseEvent("mouseReleased", x2, y, chromedp.ButtonLeft))
	p.wantTrue(`document.querySelector("output").textContent.endsWith("0:00:10.0 to 0:00:15.0")`)

	// On a phone nothing is wider than it; in the dark it is dark; printed it has no buttons.
	p.do(emulation.SetDeviceMetricsOverride(390, 800, 2, true))
	p.do(chromedp.Poll(`document.scrollingElement.scrollWidth <= 390`, nil, chromedp.WithPollingTimeout(time.Minute))) // until it is laid out
	light := js[string](p, `getComputedStyle(document.body).backgroundColor`)
	p.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}))
	if dark := js[string](p, `getComputedStyle(document.body).backgroundColor`); light != "rgb(255, 255, 255)" || dark != "rgb(18, 22, 29)" {
		t.Errorf("background %s in the light, %s in the dark", light, dark)
	}
	p.do(emulation.SetEmulatedMedia().WithMedia("print"))
	p.wantTrue(`getComputedStyle(document.querySelector(".bar")).display === "none"`)

	p.wantTrue(`window.evil === undefined`)
	for _, c := range p.complaints {
		t.Error(c)
	}
}

// A page of 2 h opens fast: what is plotted is thinned.
func TestPageOfTwoHours(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	d := evilDocument(t)
	d.DurationS = 7200
	d.Events, d.Plots.Series = nil, nil
	for i := range 3000 {
		start := float64(i) * 2.4
		e := Event{Detector: "freeze", Kind: "freeze", StartS: start, EndS: start + 1, Value: 1, Limit: 0.5, Unit: "s", Evidence: map[string]float64{"pictures": 25}}
		if i < 32 {
			for range 3 {
				e.Pictures = append(e.Pictures, Picture{AtS: start, What: "start", JPEG: smallJPEG(t)})
			}
		}
		d.Events = append(d.Events, e)
	}
	for i := range 12 {
		s := Series{Stream: i % 2, Plot: fmt.Sprint("plot ", i), Name: "mean", StepS: 1.28}
		for k := range 5625 {
			v := float32(k*7919%1000) / 10
			s.Low, s.High, s.Mean = append(s.Low, v), append(s.High, v+3), append(s.Mean, v+1)
		}
		d.Plots.Series = append(d.Plots.Series, s)
	}
	d.Plots.Film = nil
	for i := range 256 {
		d.Plots.Film = append(d.Plots.Film, Picture{AtS: float64(i) * 28, JPEG: smallJPEG(t)})
	}
	path := pageOf(t, d)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	p := openPage(t, path)
	p.wantTrue(`document.querySelectorAll(".plot svg .line").length === 12`)
	p.wantTrue(`document.querySelectorAll("button.go").length === 3000`)
	var work float64
	p.do(chromedp.ActionFunc(func(ctx context.Context) error {
		metrics, err := performance.GetMetrics().Do(ctx)
		for _, m := range metrics {
			switch m.Name {
			case "ScriptDuration", "LayoutDuration", "RecalcStyleDuration":
				work += m.Value
			}
		}
		return err
	}))
	t.Logf("%d bytes, %.2f s of script, style and layout, loaded after %.2f s", info.Size(), work, js[float64](p, `performance.timing.loadEventEnd - performance.timing.navigationStart`)/1000)
	// Also an event far down in the list is gone to.
	x, y := p.at(".timeline", 0.9, 0.5)
	p.do(chromedp.MouseClickXY(x, y))
	p.wantTrue(`Number(document.querySelector("tr.picked button.go").dataset.event) > 2600`)
	p.wantTrue(`document.activeElement.closest("details").open`)
	if work > 2 || info.Size() > 8<<20 {
		t.Errorf("it takes %.2f s and %d bytes", work, info.Size())
	}
	for _, c := range p.complaints {
		t.Error(c)
	}
}
