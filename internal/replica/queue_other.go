//go:build !linux

package replica

// This file says that elsewhere than on Linux no accept queue can be filled
// portably: the address refuses instead.

import (
	"context"
	"errors"
)

type fullQueue struct{}

func newFullQueue(context.Context) (*fullQueue, error) { return nil, errors.ErrUnsupported }

func (q *fullQueue) addr() string { return "" }

func (q *fullQueue) close() {}
