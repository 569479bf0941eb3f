package pipeline

import "strconv"

// PartOf tells in which of so many parts (a power of two) the rows of a contact stand, in all tables that are of contacts.
// The id is as it is written; integer tells that the tables have it as a number.
func PartOf(id string, integer bool, parts int) int {
	var key []byte
	if !integer {
		key = []byte(id)
	} else if v, err := strconv.ParseInt(id, 10, 64); err == nil {
		key = integerKey(nil, v)
	} else if v, err := strconv.ParseUint(id, 10, 64); err == nil {
		key = unsignedKey(nil, v)
	} else if v, err := strconv.ParseFloat(id, 64); err == nil {
		key, _ = floatKey(nil, v)
	}
	return int(hashID(key) >> (64 - log2(int64(parts), 1)))
}
