// Reads the map at os.Args[1] with cilium/ebpf, once for each line of its input: "batch" by BatchLookup of 4,096 rows,
// "iterate" by Iterate. Answers with milliseconds and rows.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/cilium/ebpf"
)

const batchRows = 4096

type pairKey struct {
	Client       [16]byte
	Endpoint     [16]byte
	Slot         uint32
	EndpointKind uint8
	ClientPrefix uint8
	Pad          [2]uint8
}

type traffic struct {
	Packets uint64
	Bytes   uint64
}

func main() {
	pairs, err := ebpf.LoadPinnedMap(os.Args[1], nil)
	if err != nil {
		log.Fatal(err)
	}
	keys := make([]pairKey, batchRows)
	values := make([]traffic, batchRows)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		start := time.Now()
		rows, err := 0, error(nil)
		if lines.Text() == "batch" {
			rows, err = byBatch(pairs, keys, values)
		} else {
			rows, err = byIteration(pairs)
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%.3f %d\n", float64(time.Since(start))/1e6, rows)
	}
}

func byBatch(pairs *ebpf.Map, keys []pairKey, values []traffic) (int, error) {
	var next pairKey
	var from interface{}
	rows := 0
	for {
		count, err := pairs.BatchLookup(from, &next, keys, values, nil)
		rows += count
		if errors.Is(err, ebpf.ErrKeyNotExist) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		from = next
	}
}

func byIteration(pairs *ebpf.Map) (int, error) {
	var key pairKey
	var value traffic
	rows := 0
	iterator := pairs.Iterate()
	for iterator.Next(&key, &value) {
		rows++
	}
	return rows, iterator.Err()
}
