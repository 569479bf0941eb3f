package match

// automaton finds all words inside a text in one pass over its bytes (Aho and Corasick, "Efficient string matching", 1975),
// with the failure links worked into the table. Bytes that no word has share a column of the table. States that report a
// word are numbered above those that do not, so that a step is one load and one comparison.
type automaton struct {
	words [][]byte
	found [][]posting // by word
	at    map[string]int

	class   [256]uint16
	width   int
	next    []int32 // row of a state, plus class of the byte → row of the next state; rows are multiples of width
	quiet   int32   // rows below it report nothing
	hits    []int   // of states from quiet on: the longest word that ends there
	shorter []int   // by word: the next shorter word that ends with it, -1 for none
}

func (a *automaton) add(word []byte, entry posting) {
	at, known := a.at[string(word)]
	if !known {
		if at = len(a.words); a.at == nil {
			a.at = map[string]int{}
		}
		a.at[string(word)] = at
		a.words, a.found = append(a.words, word), append(a.found, nil)
	}
	a.found[at] = append(a.found[at], entry)
}

// hit gives the longest word that ends where a state from quiet on was reached.
func (a *automaton) hit(row int32) int { return a.hits[int(row-a.quiet)/a.width] }

// trieNode is a state while the table is being built.
type trieNode struct {
	children map[uint16]int
	fail     int
	word     int // that ends here itself, -1 for none
	longest  int // that ends here at all, -1 for none
}

func (a *automaton) seal() {
	if len(a.words) == 0 {
		return
	}
	a.classes()
	nodes, order := a.trie()
	// Number the quiet states first, then those that report. The start is quiet and stays first: no word is empty.
	numbers := make([]int32, len(nodes))
	var count int32
	for _, reports := range []bool{false, true} {
		if reports {
			a.quiet = count * int32(a.width)
		}
		for _, n := range order {
			if (nodes[n].longest >= 0) == reports {
				numbers[n] = count * int32(a.width)
				count++
				if reports {
					a.hits = append(a.hits, nodes[n].longest)
				}
			}
		}
	}
	a.next = make([]int32, int(count)*a.width)
	for _, n := range order { // breadth first: the row of a state's fail is complete before its own
		row := a.next[numbers[n] : int(numbers[n])+a.width]
		if n != 0 {
			fail := numbers[nodes[n].fail]
			copy(row, a.next[fail:int(fail)+a.width])
		}
		for class, child := range nodes[n].children {
			row[class] = numbers[child]
		}
	}
}

// classes gives each byte that words have a column; column 0 is for the others.
func (a *automaton) classes() {
	a.width = 1
	for _, word := range a.words {
		for _, c := range word {
			if a.class[c] == 0 {
				a.class[c] = uint16(a.width)
				a.width++
			}
		}
	}
}

// trie builds the states and gives them in breadth-first order, each with its failure link and the words that end there.
func (a *automaton) trie() (nodes []trieNode, order []int) {
	nodes = []trieNode{{children: map[uint16]int{}, word: -1, longest: -1}}
	for i, word := range a.words {
		at := 0
		for _, c := range word {
			child, ok := nodes[at].children[a.class[c]]
			if !ok {
				child = len(nodes)
				nodes = append(nodes, trieNode{children: map[uint16]int{}, word: -1, longest: -1})
				nodes[at].children[a.class[c]] = child
			}
			at = child
		}
		nodes[at].word = i
	}
	a.shorter = make([]int, len(a.words))
	order = append(order, 0)
	for i := 0; i < len(order); i++ {
		n := order[i]
		for class, child := range nodes[n].children {
			fail := 0
			if n != 0 {
				fail = nodes[n].fail
				for {
					if to, ok := nodes[fail].children[class]; ok {
						fail = to
						break
					}
					if fail == 0 {
						break
					}
					fail = nodes[fail].fail
				}
			}
			node := &nodes[child]
			node.fail, node.longest = fail, nodes[fail].longest
			if node.word >= 0 {
				a.shorter[node.word] = node.longest
				node.longest = node.word
			}
			order = append(order, child)
		}
	}
	return nodes, order
}
