package published

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// mostSlips bounds how many ids are tried in the place of one that nobody has.
const mostSlips = 40

// near gives the ids that differ from an unknown one by a slip of the finger, and that a table has.
func (r *Run) near(ctx context.Context, text string, tables []string) ([]string, error) {
	var near []string
	for _, slip := range slips(text) {
		for _, table := range tables {
			outputs, err := r.likeliest(ctx, table, slip)
			if no := (*IDError)(nil); errors.As(err, &no) {
				break
			}
			if err != nil {
				return nil, err
			}
			p, err := r.open(ctx, outputs[0])
			if err != nil {
				return nil, err
			}
			k, places, err := p.locate(slip, true)
			if err != nil {
				return nil, err
			}
			if len(places) > 0 {
				if id := k.String(); !slices.Contains(near, id) {
					near = append(near, id)
				}
				break
			}
		}
	}
	return near, nil
}

// slips gives what somebody may have meant: the same in other case or without white space, two neighbours swapped, a character too
// many.
func slips(text string) []string {
	var list []string
	add := func(s string) {
		if s != "" && s != text && !slices.Contains(list, s) && len(list) < mostSlips {
			list = append(list, s)
		}
	}
	add(strings.TrimSpace(text))
	add(strings.ToLower(text))
	add(strings.ToUpper(text))
	add(strings.TrimLeft(text, "0"))
	runes := []rune(strings.TrimSpace(text))
	for i := range max(0, len(runes)-1) {
		swapped := slices.Clone(runes)
		swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
		add(string(swapped))
	}
	for i := range runes {
		add(string(slices.Delete(slices.Clone(runes), i, i+1)))
	}
	return list
}
