// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"time"

	"github.com/varlink/go/varlink"
)

// Both end the program; nothing here is left behind by that.

func ok(sentence string) {
	fmt.Println("ok: " + sentence)
}

func fail(sentence string, details ...interface{}) {
	fmt.Println("FAILED: " + sentence + ": " + fmt.Sprintln(details...))
	os.Exit(1)
}

func equal(sentence string, expected, actual interface{}) {
	if !reflect.DeepEqual(expected, actual) {
		fail(sentence, "expected", expected, "got", actual)
	}
	ok(sentence)
}

func must(sentence string, err error) {
	if err != nil {
		fail(sentence, err)
	}
	ok(sentence)
}

// The time everything has: nothing here waits for ever.
func limited() context.Context {
	factor, err := strconv.Atoi(os.Getenv("TEST_TIME_FACTOR"))
	if err != nil {
		factor = 1
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(factor)*60*time.Second)
	_ = cancel
	return ctx
}

func connect(ctx context.Context, path string) *varlink.Connection {
	c, err := varlink.NewConnection(ctx, "unix:"+path)
	if err != nil {
		fail("connecting to "+path, err)
	}
	return c
}

// A reply, or one type of it, says what its definition says: decoded as the generated
// type and encoded again it is the same. So nothing is there that is not defined, nothing
// is missing that is not optional, nothing is null, and every type is the one defined.
func conforms(sentence string, raw json.RawMessage, as interface{}) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(as); err != nil {
		fail(sentence, err, string(raw))
	}
	again, err := json.Marshal(as)
	if err != nil {
		fail(sentence, err)
	}
	var said, understood interface{}
	if json.Unmarshal(raw, &said) != nil || json.Unmarshal(again, &understood) != nil {
		fail(sentence, string(raw))
	}
	if !reflect.DeepEqual(said, understood) {
		fail(sentence, string(raw), "is understood as", string(again))
	}
	ok(sentence)
}

// All replies to a call, undecoded.
func replies(ctx context.Context, c *varlink.Connection, method string, in interface{}, flags uint64) []json.RawMessage {
	receive, err := c.Send(ctx, method, in, flags)
	var all []json.RawMessage
	for again := true; again; {
		var raw json.RawMessage
		if err == nil {
			flags, err = receive(ctx, &raw)
		}
		if err != nil {
			fail(method, err)
		}
		all = append(all, raw)
		again = flags&varlink.Continues != 0
	}
	return all
}

// All of what these replies have under one name.
func members(all []json.RawMessage, name string) []json.RawMessage {
	var found []json.RawMessage
	for _, raw := range all {
		reply := map[string]json.RawMessage{}
		if err := json.Unmarshal(raw, &reply); err != nil {
			fail(name, err)
		}
		if member, there := reply[name]; there {
			found = append(found, member)
		}
	}
	return found
}
