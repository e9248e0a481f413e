/* ticket.c - see ticket.h. */
#include "handoff/ticket.h"

void vsms_ticket_list_append(struct vsms_ticket_list *list, struct vsms_ticket *ticket) {
  ticket->next = NULL;
  ticket->previous = list->last;
  if (list->last != NULL) {
    list->last->next = ticket;
  } else {
    list->first = ticket;
  }
  list->last = ticket;
  list->count++;
}

void vsms_ticket_list_remove(struct vsms_ticket_list *list, struct vsms_ticket *ticket) {
  if (ticket->previous != NULL) {
    ticket->previous->next = ticket->next;
  } else {
    list->first = ticket->next;
  }
  if (ticket->next != NULL) {
    ticket->next->previous = ticket->previous;
  } else {
    list->last = ticket->previous;
  }
  list->count--;
}

struct vsms_ticket *vsms_ticket_list_take(struct vsms_ticket_list *list) {
  struct vsms_ticket *ticket = list->first;
  if (ticket != NULL) vsms_ticket_list_remove(list, ticket);
  return ticket;
}

void vsms_ticket_list_join(struct vsms_ticket_list *list, struct vsms_ticket_list *others) {
  if (others->first == NULL) return;
  others->first->previous = list->last;
  if (list->last != NULL) {
    list->last->next = others->first;
  } else {
    list->first = others->first;
  }
  list->last = others->last;
  list->count += others->count;
  *others = (struct vsms_ticket_list){NULL, NULL, 0};
}
