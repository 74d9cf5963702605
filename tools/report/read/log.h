/* source.bpguard.log: what plugin.c gives to babeltrace2. */
#ifndef BPGUARD_REPORT_LOG_H
#define BPGUARD_REPORT_LOG_H

#include <babeltrace2/babeltrace.h>

bt_component_class_initialize_method_status log_init(bt_self_component_source *self,
						     bt_self_component_source_configuration *config,
						     const bt_value *params, void *data);
void log_finalize(bt_self_component_source *self);
bt_component_class_query_method_status log_query(bt_self_component_class_source *self,
						 bt_private_query_executor *executor,
						 const char *object, const bt_value *params,
						 void *data, const bt_value **result);
bt_message_iterator_class_initialize_method_status
log_iterator_init(bt_self_message_iterator *self, bt_self_message_iterator_configuration *config,
		  bt_self_component_port_output *port);
void log_iterator_finalize(bt_self_message_iterator *self);
bt_message_iterator_class_next_method_status log_next(bt_self_message_iterator *self,
						      bt_message_array_const messages,
						      uint64_t capacity, uint64_t *count);
bt_message_iterator_class_seek_beginning_method_status
log_seek_beginning(bt_self_message_iterator *self);
bt_message_iterator_class_can_seek_beginning_method_status
log_can_seek_beginning(bt_self_message_iterator *self, bt_bool *can);

#endif
