#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "data/logs.h"
#include "models/tasks.h"
#include "train/losses.h"

namespace cascade {

/// What a model of p(conversion | click) learns from: the clicked exposures of a log, in order, with the conversion in
/// the place of the click, so that everything that learns clicks learns conversions from it. All else is as logged.
LogTable conversion_log(const LogTable& log);

/// The same loss for a network of several outputs a row: it sees the first of each and leaves the others alone.
template <class T>
LossFunction<T> on_first_output(LossFunction<T> loss, std::size_t outputs);

/// `first` on the first head, plus `weight`/n times the summed losses of the other heads over a batch of n rows: binary
/// cross entropy of a click over the exposed rows, of a conversion over the clicked ones, and of a privileged group's
/// value, by softmax over its values, over the clicked ones. Of a log that conversion_log() gave (Target::conversion)
/// every row is clicked, and its click column is the conversion. REQUIRES for Target::conversion no head of clicks.
template <class T>
LossFunction<T> multi_task_loss(LossFunction<T> first, std::vector<TaskHead> heads, double weight, Target target);

}  // namespace cascade
