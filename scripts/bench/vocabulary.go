package main

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

var dictionaryType = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}

// vocabulary builds a text column out of words that are known beforehand. A row group's dictionary holds the words that
// came up in it, in the order in which they did, as writers leave it; no text is hashed to get there, which is what makes
// generating cheap.
type vocabulary struct {
	words   []string
	codes   []int32 // word → its place in the dictionary, plus 1
	met     []int32 // dictionary, as words
	entries *array.StringBuilder
	rows    *array.Int32Builder
}

func newVocabulary(words []string) *vocabulary {
	return &vocabulary{
		words:   words,
		codes:   make([]int32, len(words)),
		entries: array.NewStringBuilder(memory.DefaultAllocator),
		rows:    array.NewInt32Builder(memory.DefaultAllocator),
	}
}

// add appends a word by its number; below 0 it appends a null.
func (v *vocabulary) add(word int) {
	if word < 0 {
		v.rows.AppendNull()
		return
	}
	if v.codes[word] == 0 {
		v.met = append(v.met, int32(word))
		v.codes[word] = int32(len(v.met))
		v.entries.Append(v.words[word])
	}
	v.rows.Append(v.codes[word] - 1)
}

// array takes out what was added and starts anew.
func (v *vocabulary) array() arrow.Array {
	for _, word := range v.met {
		v.codes[word] = 0
	}
	v.met = v.met[:0]
	entries, rows := v.entries.NewArray(), v.rows.NewArray()
	defer entries.Release()
	defer rows.Release()
	return array.NewDictionaryArray(dictionaryType, rows, entries)
}
