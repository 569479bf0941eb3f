package main

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// howToGetChromium is what a skipped test says.
const howToGetChromium = "there is no Chromium to show pages: put chromium on the PATH, or set LEADSCORE_CHROMIUM to one"

// findChromium gives what LEADSCORE_CHROMIUM names, else what is on the PATH. None at all is a failure where CI=true.
func findChromium(t *testing.T) string {
	t.Helper()
	names := []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}
	named := os.Getenv("LEADSCORE_CHROMIUM")
	if named != "" {
		names = []string{named}
	}
	for _, name := range names {
		if program, err := exec.LookPath(name); err == nil {
			return program
		}
	}
	if named != "" || os.Getenv("CI") == "true" {
		t.Fatal(howToGetChromium)
	}
	t.Skip(howToGetChromium)
	return ""
}

// browser is a headless Chromium with one page, which notes whatever the page does that it should not.
type browser struct {
	context.Context
	mu     sync.Mutex
	faults []string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(findChromium(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(time.Minute),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{Context: ctx}
	chromedp.ListenTarget(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventConsoleAPICalled:
			b.fault("the console says %s %v", e.Type, e.Args)
		case *runtime.EventExceptionThrown:
			b.fault("exception: %v", e.ExceptionDetails)
		case *log.EventEntryAdded:
			b.fault("log: %s", e.Entry.Text)
		case *page.EventJavascriptDialogOpening:
			b.fault("dialog: %s", e.Message)
		case *network.EventRequestWillBeSent:
			if address := e.Request.URL; !strings.HasPrefix(address, "file://") && !strings.HasPrefix(address, "data:") {
				b.fault("it asks for %s", address)
			}
		}
	})
	b.do(t, log.Enable(), network.Enable(), runtime.Enable())
	return b
}

func (b *browser) fault(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, fmt.Sprintf(format, args...))
}

func (b *browser) do(t *testing.T, actions ...chromedp.Action) {
	t.Helper()
	if err := chromedp.Run(b, actions...); err != nil {
		t.Fatal(err)
	}
}

// open shows a file in a window of a width, in a scheme of colours.
func (b *browser) open(t *testing.T, file string, width int64, scheme string) {
	t.Helper()
	address := url.URL{Scheme: "file", Path: filepath.ToSlash(file)}
	b.do(t, chromedp.EmulateViewport(width, 800),
		emulation.SetEmulatedMedia().WithMedia("screen").WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
		chromedp.Navigate(address.String()))
}

// ask evaluates an expression in the page.
func ask[T any](t *testing.T, b *browser, expression string) T {
	t.Helper()
	var answer T
	b.do(t, chromedp.Evaluate(expression, &answer))
	return answer
}

// sparse lists what is hard to read: text whose contrast with what is behind it is below 4.5 to 1 (WCAG 2.2, 1.4.3), and bars that stand
// out from their ground by less than 3 to 1 in fill and outline both (1.4.11).
const sparse = `(() => {
	const parse = text => { const m = text.match(/[\d.]+/g); return m ? m.map(Number) : [0, 0, 0, 0] };
	const over = (top, share, below) => [0, 1, 2].map(i => top[i] * share + below[i] * (1 - share));
	const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b };
	const contrast = (a, b) => { const x = light(a), y = light(b); return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05) };
	const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c.slice(0, 3) } return [255, 255, 255] };
	const found = [], kinds = new Set();
	for (const e of document.querySelectorAll('body *')) {
		const style = getComputedStyle(e);
		if (e.closest('svg')) {
			const below = ground(e.closest('svg'));
			if (e.tagName == 'text') {
				const cells = [...e.closest('svg').querySelectorAll('.cell')].map(c => over(parse(getComputedStyle(c).fill), Number(c.getAttribute('fill-opacity')), below));
				const worst = Math.min(...[below, ...(e.matches('.name, .small') ? cells : [])].map(c => contrast(parse(style.fill), c)));
				kinds.add('text'); if (worst < 4.5) found.push(e.textContent + ' ' + worst.toFixed(2));
			} else if (e.matches('.bar')) {
				const worst = Math.max(contrast(over(parse(style.fill), Number(style.fillOpacity), below), below), contrast(parse(style.stroke), below));
				kinds.add('bar'); if (worst < 3) found.push('bar ' + e.getAttribute('class') + ' ' + worst.toFixed(2));
			}
		} else if ([...e.childNodes].some(n => n.nodeType == 3 && n.data.trim())) {
			const c = contrast(parse(style.color), ground(e));
			kinds.add('prose'); if (c < 4.5) found.push(e.textContent + ' ' + c.toFixed(2));
		}
	}
	if (kinds.size < 3) found.push('found only ' + [...kinds]);
	return found })()`

// holdBrowser shows pages in a real browser. LEADSCORE_SCREENSHOTS names a folder to keep pictures of them in.
func holdBrowser(t *testing.T, report, hostile, card string) {
	b := newBrowser(t)
	pictures := os.Getenv("LEADSCORE_SCREENSHOTS")
	brightness := map[string]float64{}
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{360, 1280} {
			for _, file := range []string{report, hostile, card} {
				b.open(t, file, width, scheme)
				name := strings.TrimSuffix(filepath.Base(file), ".html") + fmt.Sprintf("-%s-%d", scheme, width)
				if wide := ask[int64](t, b, `document.documentElement.scrollWidth`); wide > width {
					t.Errorf("%s: the page is %d wide", name, wide)
				}
				if hacked := ask[bool](t, b, `'hacked' in window`); hacked {
					t.Errorf("%s: a name of the model ran as code", name)
				}
				picture := b.picture(t)
				if brightness[name] = picture.brightness(t); pictures != "" {
					if err := os.WriteFile(filepath.Join(pictures, name+".png"), picture, 0o666); err != nil {
						t.Fatal(err)
					}
				}
				if file == card {
					continue
				}
				if hard := ask[[]string](t, b, sparse); len(hard) > 0 {
					t.Errorf("%s: hard to read: %q", name, hard)
				}
				drawn := ask[int](t, b, `[...document.querySelectorAll('svg[role=img]')].filter(s => { const box = s.getBoundingClientRect();
					return box.width > 250 && box.height > 60 && [...s.querySelectorAll('.bar, .cell')].some(r => r.getBoundingClientRect().height > 5) }).length`)
				if drawn != reportCharts {
					t.Errorf("%s: %d charts are drawn, not %d", name, drawn, reportCharts)
				}
				if small := ask[float64](t, b, `Math.min(...[...document.querySelectorAll('svg[role=img] text')].map(e => parseFloat(getComputedStyle(e).fontSize) * e.closest('svg').getBoundingClientRect().width / 400))`); small < 8.9 {
					t.Errorf("%s: letters of %.1f pixels", name, small)
				}
				if beyond := ask[[]string](t, b, `[...document.querySelectorAll('svg[role=img] text')].filter(e => { const a = e.getBoundingClientRect(), s = e.closest('svg').getBoundingClientRect(); return a.left < s.left - 1 || a.right > s.right + 1 || a.bottom > s.bottom + 1 }).map(e => e.textContent)`); len(beyond) > 0 {
					t.Errorf("%s: texts that leave their charts: %q", name, beyond)
				}
			}
		}
	}
	for name, bright := range brightness {
		if light := strings.Contains(name, "light"); light && bright < 0.75 || !light && bright > 0.25 {
			t.Errorf("%s has a brightness of %.2f", name, bright)
		}
	}
	b.holdKeyboard(t, report)
	b.holdPrint(t, report)
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.faults) > 0 {
		t.Errorf("the pages did what they should not: %q", b.faults)
	}
}

// picture is a PNG.
type picture []byte

func (b *browser) picture(t *testing.T) picture {
	t.Helper()
	var shot []byte
	b.do(t, chromedp.FullScreenshot(&shot, 100))
	return shot
}

// brightness is that of all of a picture, from 0 for black to 1 for white.
func (p picture) brightness(t *testing.T) float64 {
	t.Helper()
	drawn, err := png.Decode(bytes.NewReader(p))
	if err != nil {
		t.Fatal(err)
	}
	sum, n := 0.0, 0.0
	for y := drawn.Bounds().Min.Y; y < drawn.Bounds().Max.Y; y += 3 {
		for x := drawn.Bounds().Min.X; x < drawn.Bounds().Max.X; x += 3 {
			red, green, blue, _ := drawn.At(x, y).RGBA()
			sum += float64(red+green+blue) / (3 * 0xffff)
			n++
		}
	}
	return sum / n
}

// holdKeyboard holds that the tabulator reaches every link and every table that may scroll, and that one sees where it is.
func (b *browser) holdKeyboard(t *testing.T, file string) {
	t.Helper()
	b.open(t, file, 1280, "light")
	want := ask[int](t, b, `document.querySelectorAll('a[href], [tabindex="0"]').length`)
	reached := map[string]bool{}
	for range want {
		b.do(t, chromedp.KeyEvent(kb.Tab))
		at := ask[string](t, b, `(e => e == document.body ? '' : (parseFloat(getComputedStyle(e).outlineWidth) < 2 ? 'unseen ' : '') + (e.getAttribute('aria-label') || e.textContent))(document.activeElement)`)
		if at == "" || strings.HasPrefix(at, "unseen") {
			t.Errorf("the tabulator leads to %q", at)
		}
		reached[at] = true
	}
	if len(reached) != want || want < 15 {
		t.Errorf("the tabulator reaches %d of %d", len(reached), want)
	}
}

// holdPrint holds that a printed page has all rows, dark on white, and no links to click.
func (b *browser) holdPrint(t *testing.T, file string) {
	t.Helper()
	b.open(t, file, 1280, "dark")
	b.do(t, emulation.SetEmulatedMedia().WithMedia("print").WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}))
	if cut := ask[int](t, b, `[...document.querySelectorAll('.scroll')].filter(e => e.scrollHeight > e.clientHeight + 1).length`); cut > 0 {
		t.Errorf("%d printed tables are cut", cut)
	}
	if look := ask[string](t, b, `getComputedStyle(document.body).backgroundColor + getComputedStyle(document.body).color + getComputedStyle(document.querySelector('nav')).display`); look != "rgb(255, 255, 255)rgb(0, 0, 0)none" {
		t.Errorf("a printed page looks like %s", look)
	}
	var pdf []byte
	b.do(t, chromedp.ActionFunc(func(ctx context.Context) (err error) {
		pdf, _, err = page.PrintToPDF().Do(ctx)
		return err
	}))
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) || len(pdf) < 20_000 {
		t.Errorf("a PDF of %d bytes", len(pdf))
	}
}
