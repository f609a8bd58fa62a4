/* The trial of the domain's controller: asked in quick succession, at one of its
 * addresses after the other, whenever it is not clear that it gives time, until it
 * does or has failed.  Pure: what came of a request goes in, what to do comes out. */
#ifndef W32TIMED_CLIENT_CONTROLLER_TRIAL_H
#define W32TIMED_CLIENT_CONTROLLER_TRIAL_H

#include <stdbool.h>

#include "client/domain_seam.h"

/* Requests at one address that decide: two in each form of signature, since a server
 * that has always been silent may know the other one (mssntp_client.h). */
#define CONTROLLER_TRIAL_REQUESTS 4
/* The first good answer ends the trial of a server that had given time before. */
#define CONTROLLER_TRIAL_ANSWERS 1

struct controller_trial {
	bool running;
	bool failed;       /* the last trial did */
	bool silent;       /* the controller is kept although it failed, and stays so */
	unsigned attempts; /* in vain, in the trial */
	unsigned misses;   /* of them at this address, in the burst */
	enum ntp_client_domain_failure why;
};

/* A request that gave no time. */
struct controller_attempt {
	int authenticity;     /* the best enum authentication_result; -1: nothing came */
	unsigned misses;      /* in a row, this one included */
	bool refused;         /* it could not be sent, or the port is closed */
	bool settling;        /* the burst goes on */
	bool another_address; /* there is one that was not tried */
};

enum controller_step {
	CONTROLLER_KEEP,         /* nothing changes */
	CONTROLLER_BEGIN,        /* a trial has begun: ask in quick succession */
	CONTROLLER_NEXT_ADDRESS, /* try another address; without any it has failed */
	CONTROLLER_FAIL,         /* it has failed: controller_trial_fail() */
};

/* All addresses are to be tried. */
void controller_trial_begin(struct controller_trial *trial);
/* It is asked at a new address.  Whether a trial begins with that. */
bool controller_trial_new_address(struct controller_trial *trial);

/* What came of a request: time; none; the wish not to be asked again, which leaves
 * the address: whether a trial begins with that. */
void controller_trial_answered(struct controller_trial *trial);
enum controller_step controller_trial_missed(struct controller_trial *trial,
					     const struct controller_attempt *attempt);
bool controller_trial_denied(struct controller_trial *trial, int authenticity);

/* The trial ends in vain. */
void controller_trial_fail(struct controller_trial *trial);

#endif
