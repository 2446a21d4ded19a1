#pragma once

#include "domain/audit.hpp"

#include <boost/json/object.hpp>

namespace kinora::http {

/// The members of `of` that `other` has not, or has with another value; of objects in objects what differs in
/// them, of arrays all.
boost::json::object differing_members(const boost::json::object& of, const boost::json::object& other);

/// What differs between two objects, by `differing_members`, as text. nullptr stands for nothing, whose text
/// is empty; the other one is then written in full.
change_text changes_between(const boost::json::object* before, const boost::json::object* after);

} // namespace kinora::http
