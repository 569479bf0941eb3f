package timeline_test

import (
	"testing"

	"pgregory.net/rapid"

	"leadscore/transforms/timeline"
)

// follows is the definition, second by second: the instants of [from, to) at which the state is on.
func follows(h timeline.Hysteresis, value func(t int64) int64, from, to int64) map[int64]bool {
	on, lapsed := map[int64]bool{}, int64(timeline.Ever)
	state := false
	for t := from; t < to; t++ {
		switch v := value(t); {
		case state && v < h.Off:
			state, lapsed = false, t
		case !state && v >= h.On && (lapsed == timeline.Ever || t >= lapsed+h.Pause):
			state = true
		}
		on[t] = state
	}
	return on
}

func drawHysteresis(t *rapid.T) timeline.Hysteresis {
	on := rapid.Int64Range(-1, 5).Draw(t, "on")
	return timeline.Hysteresis{On: on, Off: on - rapid.Int64Range(0, 3).Draw(t, "gap"), Pause: rapid.SampledFrom([]int64{0, 0, 1, 4, 15}).Draw(t, "pause")}
}

func drawSteps(t *rapid.T) []timeline.Step {
	steps := []timeline.Step{{At: timeline.Ever, Value: rapid.Int64Range(-2, 6).Draw(t, "first")}}
	at := int64(0)
	for range rapid.IntRange(0, 14).Draw(t, "steps") {
		at += rapid.Int64Range(1, 8).Draw(t, "gap")
		steps = append(steps, timeline.Step{At: at, Value: rapid.Int64Range(-2, 6).Draw(t, "value")})
	}
	return steps
}

func TestHysteresisIsWhatASimulationSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, steps := drawHysteresis(t), drawSteps(t)
		set := h.Follow(nil, steps)
		canonical(t, set)
		want := follows(h, func(at int64) int64 { return value(steps, at, 0) }, -1, 3*longest)
		for at := int64(-1); at < 3*longest; at++ {
			if span, ok := timeline.SpanAt(set, at); ok != want[at] || ok && (at < span.Start || at >= span.End) {
				t.Fatalf("%+v over %v: at %d it is on: %v; want %v", h, steps, at, set, want[at])
			}
		}
		for _, s := range set { // what is on at first was so since ever, what is on at last stays so
			if s.Start == -1 || s.End == 3*longest {
				t.Fatalf("%+v over %v: %v", h, steps, set)
			}
		}
	})
}

// Whoever begins at a stretch below Off that is as long as the pause finds the same from there on as from the beginning.
func TestHysteresisForgets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, steps := drawHysteresis(t), drawSteps(t)
		whole := h.Follow(nil, steps)
		for i, s := range steps {
			end := i
			for end < len(steps) && steps[end].Value < h.Off {
				end++
			}
			if end == i || end == len(steps) || timeline.Add(s.At, h.Pause) > steps[end].At {
				continue
			}
			late := h.Follow(nil, steps[i:])
			for at := s.At; at < 3*longest; at++ {
				if at == timeline.Ever {
					at = -1
				}
				_, a := timeline.SpanAt(whole, at)
				_, b := timeline.SpanAt(late, at)
				if a != b {
					t.Fatalf("%+v over %v: from %d on %v, in all %v", h, steps, s.At, late, whole)
				}
			}
		}
	})
}
