package pipeline

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"leadscore/pipeline/parquetio/encode"
	"leadscore/transforms/match"
)

// payloadColumn is a contact column that a table carries. In a contact's payload it is a byte that tells whether
// there is a value, and the value: 8 bytes, or a uint32 length and bytes where wide.
type payloadColumn struct {
	name  string
	typ   encode.Type
	wide  bool
	scale int // of decimals
	kind  match.Kind
}

// carriedColumns finds the contact columns that tables carry, each once, those of mql first.
func (r *run) carriedColumns() error {
	for _, carrier := range []struct {
		table, key string
		names      []string
		owners     []string // tables whose own columns they must not be named like
	}{
		{mqlTable, "output.mql_columns", r.spec.MQLColumns, []string{mqlTable}},
		{whoTable, "output.contact_columns", r.spec.ContactColumns, []string{scoresTable, mqlTable, whoTable}}, // which are asked side by side
	} {
		if !r.wants[carrier.table] {
			continue
		}
		columns, err := payloadColumns(carrier.key, carrier.names, carrier.owners, r.sources[contactsTable])
		if err != nil {
			return err
		}
		for _, c := range columns {
			if !slices.ContainsFunc(r.payload, func(other payloadColumn) bool { return other.name == c.name }) {
				r.payload = append(r.payload, c)
			}
		}
	}
	return nil
}

// carried gives the places in the payload of the columns that a table carries.
func (r *run) carried(table string) (places []int) {
	names := map[string][]string{mqlTable: r.spec.MQLColumns, whoTable: r.spec.ContactColumns}[table]
	for _, name := range names {
		if i := slices.IndexFunc(r.payload, func(c payloadColumn) bool { return c.name == name }); i >= 0 {
			places = append(places, i)
		}
	}
	return places
}

// payloadColumns finds the types that contact columns have over all files. key names where they are asked for.
func payloadColumns(key string, names, owners []string, s *source) ([]payloadColumn, error) {
	var columns []payloadColumn
	taken := map[string]string{} // by column: its table
	for _, table := range owners {
		for _, f := range Fields(table, encode.Text, nil) {
			if taken[f.Name] == "" {
				taken[f.Name] = table
			}
		}
	}
	for _, name := range names {
		if table, is := taken[name]; is {
			return nil, failed(exitUsage, "%s: the %s table has a column %q already; map the contacts' column to another name under inputs.contacts.columns", key, table, name)
		}
		taken[name] = owners[len(owners)-1]
		c := payloadColumn{name: name}
		found := s.constant(name) != nil
		if found {
			c.typ, c.wide, c.kind = encode.Text, true, match.Text
		}
		precision := 0
		for _, f := range s.files {
			at, ok := f.columns[name]
			if !ok {
				continue
			}
			found = true
			column := f.file.Columns()[at]
			if d, ok := column.Arrow.(arrow.DecimalType); ok {
				scale := max(c.scale, int(d.GetScale()))
				precision = max(precision-c.scale, int(d.GetPrecision()-d.GetScale())) + scale
				c.scale = scale
			}
			if err := c.widen(column.Arrow, column.Type, precision); err != nil {
				return nil, failed(exitUsage, "%s: %q of %s %v", key, name, f.object.Address, err)
			}
		}
		if !found {
			return nil, failed(exitUsage, "%s: the contacts have no column %q; %s", key, name, s.theirColumns())
		}
		if c.typ == nil {
			c.typ, c.wide, c.kind = encode.Text, true, match.Text
		}
		columns = append(columns, c)
	}
	return columns, nil
}

// widen takes the type of one more file into account.
func (c *payloadColumn) widen(t arrow.DataType, m match.Type, precision int) error {
	if d, ok := t.(*arrow.DictionaryType); ok {
		t = d.ValueType
	}
	set := func(typ encode.Type, wide bool) error {
		c.typ, c.wide, c.kind = typ, wide, m.Kind
		return nil
	}
	if c.typ != nil && c.kind != m.Kind && m.Kind != match.Null {
		return fmt.Errorf("is %s there, but another type in other files; write all files with the same type", m.Name)
	}
	switch m.Kind {
	case match.Null:
		return nil
	case match.Text:
		return set(encode.Text, true)
	case match.Int, match.Uint:
		bits := m.Bits
		if old, ok := c.typ.(encode.IntType); ok {
			bits = max(bits, old.Bits)
		}
		return set(encode.IntType{Bits: bits, Signed: m.Kind == match.Int}, false)
	case match.Float:
		if m.Bits <= 32 && (c.typ == nil || c.typ == encode.Float) {
			return set(encode.Float, false)
		}
		return set(encode.Double, false)
	case match.Decimal:
		if precision > 38 {
			return fmt.Errorf("has decimals of %d digits; more than 38 cannot be carried", precision)
		}
		return set(encode.DecimalType{Precision: precision, Scale: c.scale}, precision > 18)
	case match.Boolean:
		return set(encode.Boolean, false)
	case match.DateOnly:
		return set(encode.Date, false)
	case match.Timestamp:
		return set(encode.Instant, false)
	}
	switch t.ID() {
	case arrow.TIME32, arrow.TIME64:
		return set(encode.TimeOfDay, false)
	case arrow.BINARY, arrow.LARGE_BINARY, arrow.FIXED_SIZE_BINARY:
		return set(encode.Binary, true)
	}
	return fmt.Errorf("is %s; tables carry single values only, so leave the column out", m.Name)
}

// payloadOf gives what appends a row's payload; nil: there is none.
func payloadOf(columns []payloadColumn, places map[string]int, batch arrow.RecordBatch, s *source) (func(dst []byte, row int) []byte, error) {
	if len(columns) == 0 {
		return nil, nil
	}
	parts := make([]func(dst []byte, row int) []byte, len(columns))
	for i := range columns {
		c := &columns[i]
		place, ok := places[c.name]
		if value := s.constant(c.name); value != nil {
			parts[i] = func(dst []byte, _ int) []byte { return appendWide(append(dst, 1), []byte(*value)) }
			continue
		}
		if !ok {
			parts[i] = func(dst []byte, _ int) []byte { return append(dst, 0) }
			continue
		}
		values := batch.Column(place)
		value, err := c.values(values, match.NewClock(s.zone))
		if err != nil {
			return nil, err
		}
		var folded []byte
		parts[i] = func(dst []byte, row int) []byte {
			if values.IsNull(row) || value == nil {
				return append(dst, 0)
			}
			start := len(dst)
			dst = value(append(dst, 1), row)
			if s.nulls != nil && c.kind == match.Text {
				if folded = match.Normalize(folded[:0], dst[start+5:], false); s.nulls(folded) {
					return append(dst[:start], 0)
				}
			}
			return dst
		}
	}
	return func(dst []byte, row int) []byte {
		for _, part := range parts {
			dst = part(dst, row)
		}
		return dst
	}, nil
}

func appendWide(dst, value []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(dst, uint32(len(value))), value...)
}

// values gives what appends one value of an array; nil for an array of nulls.
func (c *payloadColumn) values(values arrow.Array, clock *match.Clock) (func(dst []byte, row int) []byte, error) {
	number := func(v func(i int) int64) func([]byte, int) []byte {
		return func(dst []byte, i int) []byte { return binary.LittleEndian.AppendUint64(dst, uint64(v(i))) }
	}
	text := func(v func(i int) string) func([]byte, int) []byte {
		return func(dst []byte, i int) []byte { return appendWide(dst, []byte(v(i))) }
	}
	switch a := values.(type) {
	case *array.Null:
		return nil, nil
	case *array.Dictionary:
		inner, err := c.values(a.Dictionary(), clock)
		return func(dst []byte, i int) []byte { return inner(dst, a.GetValueIndex(i)) }, err
	case *array.String:
		return text(a.Value), nil
	case *array.LargeString:
		return text(a.Value), nil
	case *array.StringView:
		return text(a.Value), nil
	case *array.Binary:
		return text(a.ValueString), nil
	case *array.LargeBinary:
		return text(a.ValueString), nil
	case *array.FixedSizeBinary:
		return func(dst []byte, i int) []byte { return appendWide(dst, a.Value(i)) }, nil
	case *array.Boolean:
		return number(func(i int) int64 {
			if a.Value(i) {
				return 1
			}
			return 0
		}), nil
	case *array.Float16:
		return number(func(i int) int64 { return int64(math.Float64bits(float64(a.Value(i).Float32()))) }), nil
	case *array.Float32:
		return number(func(i int) int64 { return int64(math.Float64bits(float64(a.Value(i)))) }), nil
	case *array.Float64:
		return number(func(i int) int64 { return int64(math.Float64bits(a.Value(i))) }), nil
	case *array.Date32:
		return number(func(i int) int64 { return int64(a.Value(i)) }), nil
	case *array.Date64:
		return number(func(i int) int64 { return floorDiv(int64(a.Value(i)), 24*60*60*1000) }), nil
	case *array.Time32:
		unit := a.DataType().(*arrow.Time32Type).Unit
		return number(func(i int) int64 { return micros(int64(a.Value(i)), unit) }), nil
	case *array.Time64:
		unit := a.DataType().(*arrow.Time64Type).Unit
		return number(func(i int) int64 { return micros(int64(a.Value(i)), unit) }), nil
	case *array.Timestamp:
		t := a.DataType().(*arrow.TimestampType)
		return number(func(i int) int64 {
			v := int64(a.Value(i))
			if t.TimeZone != "" {
				return micros(v, t.Unit)
			}
			perSecond := int64(t.Unit.Multiplier()) // nanoseconds a unit
			perSecond = 1_000_000_000 / perSecond
			seconds := floorDiv(v, perSecond)
			return micros(clock.Seconds(seconds), arrow.Second) + micros(v-seconds*perSecond, t.Unit)
		}), nil
	case *array.Decimal32:
		return c.decimal(int(a.DataType().(arrow.DecimalType).GetScale()), func(i int) *big.Int { return big.NewInt(int64(a.Value(i))) }), nil
	case *array.Decimal64:
		return c.decimal(int(a.DataType().(arrow.DecimalType).GetScale()), func(i int) *big.Int { return big.NewInt(int64(a.Value(i))) }), nil
	case *array.Decimal128:
		return c.decimal(int(a.DataType().(arrow.DecimalType).GetScale()), func(i int) *big.Int { return a.Value(i).BigInt() }), nil
	case *array.Decimal256:
		return c.decimal(int(a.DataType().(arrow.DecimalType).GetScale()), func(i int) *big.Int { return a.Value(i).BigInt() }), nil
	}
	ids, err := keysOf(values) // integers of every width
	if err != nil {
		return nil, fmt.Errorf("column %q of %s cannot be carried to a table", c.name, values.DataType())
	}
	var key []byte
	return number(func(i int) int64 { key, _ = ids.of(key[:0], i); v, _ := integerOf(key); return v }), nil
}

// decimal appends unscaled numbers at the column's scale: as an int64, or beyond 18 digits in two's complement, highest first.
func (c *payloadColumn) decimal(scale int, value func(i int) *big.Int) func(dst []byte, row int) []byte {
	up := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(c.scale-scale)), nil)
	size := c.typ.(encode.DecimalType).Bytes()
	return func(dst []byte, i int) []byte {
		v := new(big.Int).Mul(value(i), up)
		if !c.wide {
			return binary.LittleEndian.AppendUint64(dst, uint64(v.Int64()))
		}
		n := decimal128.FromBigInt(v)
		var b [16]byte
		binary.BigEndian.PutUint64(b[:8], uint64(n.HighBits()))
		binary.BigEndian.PutUint64(b[8:], n.LowBits())
		return appendWide(dst, b[16-size:])
	}
}

// micros turns a count of units into microseconds, saturating.
func micros(v int64, unit arrow.TimeUnit) int64 {
	switch unit {
	case arrow.Second, arrow.Millisecond:
		factor := int64(1000)
		if unit == arrow.Second {
			factor = 1_000_000
		}
		if v > math.MaxInt64/factor {
			return math.MaxInt64
		}
		if v < math.MinInt64/factor {
			return math.MinInt64
		}
		return v * factor
	case arrow.Nanosecond:
		return floorDiv(v, 1000)
	}
	return v
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// payloadBuilder collects one payload column for a table.
type payloadBuilder struct {
	column  *payloadColumn
	valid   []bool
	numbers []int64
	offsets []uint32
	bytes   []byte
}

// take reads the column's value off a payload and gives the rest.
func (b *payloadBuilder) take(payload []byte) []byte {
	present := payload[0] == 1
	payload = payload[1:]
	b.valid = append(b.valid, present)
	if b.column.wide {
		if len(b.offsets) == 0 {
			b.offsets = append(b.offsets, 0)
		}
		if present {
			n := binary.LittleEndian.Uint32(payload)
			b.bytes = append(b.bytes, payload[4:4+n]...)
			payload = payload[4+n:]
		}
		b.offsets = append(b.offsets, uint32(len(b.bytes)))
		return payload
	}
	v := int64(0)
	if present {
		v = int64(binary.LittleEndian.Uint64(payload))
		payload = payload[8:]
	}
	b.numbers = append(b.numbers, v)
	return payload
}

// payloadBuilders gives what collects the payloads of contacts, whole.
func (w *tableWriter) payloadBuilders() []payloadBuilder {
	builders := make([]payloadBuilder, len(w.run.payload))
	for i := range builders {
		builders[i].column = &w.run.payload[i]
	}
	return builders
}

// carried appends the columns that a table carries.
func (w *tableWriter) carried(columns []encode.Column, table string, builders []payloadBuilder) []encode.Column {
	for _, i := range w.run.carried(table) {
		columns = append(columns, builders[i].encoded())
	}
	return columns
}

func (b *payloadBuilder) encoded() encode.Column {
	switch {
	case b.column.wide:
		return encode.Texts{Offsets: b.offsets, Bytes: b.bytes, Valid: b.valid}
	case b.column.kind == match.Float:
		values := make([]float64, len(b.numbers))
		for i, v := range b.numbers {
			values[i] = math.Float64frombits(uint64(v))
		}
		return encode.Doubles{Values: values, Valid: b.valid}
	case b.column.kind == match.Boolean:
		values := make([]bool, len(b.numbers))
		for i, v := range b.numbers {
			values[i] = v == 1
		}
		return encode.Bools{Values: values, Valid: b.valid}
	case b.column.kind == match.Uint:
		values := make([]uint64, len(b.numbers))
		for i, v := range b.numbers {
			values[i] = uint64(v)
		}
		return encode.Uint64s{Values: values, Valid: b.valid}
	}
	return encode.Int64s{Values: b.numbers, Valid: b.valid}
}
