/* Which zone of Windows a zone of the tz database is. */
#include <stddef.h>
#include <string.h>

#include "w32tm/zone_rule.h"

struct zone_names {
	const char *windows;
	const char *others; /* separated by blanks */
};

static const struct zone_names zones[] = {
	{ "Dateline Standard Time", "Etc/GMT+12" },
	{ "Aleutian Standard Time", "America/Adak" },
	{ "Hawaiian Standard Time", "Pacific/Honolulu Pacific/Tahiti Pacific/Rarotonga US/Hawaii" },
	{ "Marquesas Standard Time", "Pacific/Marquesas" },
	{ "Alaskan Standard Time", "America/Anchorage America/Juneau America/Nome America/Sitka "
				   "US/Alaska" },
	{ "Pacific Standard Time (Mexico)", "America/Tijuana" },
	{ "Pacific Standard Time", "America/Los_Angeles America/Vancouver US/Pacific PST8PDT" },
	{ "US Mountain Standard Time", "America/Phoenix America/Hermosillo US/Arizona" },
	{ "Mountain Standard Time (Mexico)", "America/Mazatlan" },
	{ "Mountain Standard Time", "America/Denver America/Edmonton America/Boise US/Mountain "
				    "MST7MDT" },
	{ "Yukon Standard Time", "America/Whitehorse America/Dawson" },
	{ "Central America Standard Time",
	  "America/Guatemala America/Costa_Rica America/El_Salvador America/Managua "
	  "America/Tegucigalpa America/Belize Pacific/Galapagos" },
	{ "Central Standard Time", "America/Chicago America/Winnipeg America/Menominee US/Central "
				   "CST6CDT" },
	{ "Easter Island Standard Time", "Pacific/Easter" },
	{ "Central Standard Time (Mexico)", "America/Mexico_City America/Monterrey "
					    "America/Merida" },
	{ "Canada Central Standard Time", "America/Regina America/Swift_Current" },
	{ "SA Pacific Standard Time",
	  "America/Bogota America/Lima America/Panama America/Guayaquil America/Jamaica "
	  "America/Cayman Etc/GMT+5" },
	{ "Eastern Standard Time (Mexico)", "America/Cancun" },
	{ "Eastern Standard Time", "America/New_York America/Toronto America/Detroit "
				   "America/Nassau US/Eastern EST5EDT" },
	{ "Haiti Standard Time", "America/Port-au-Prince" },
	{ "Cuba Standard Time", "America/Havana" },
	{ "US Eastern Standard Time", "America/Indiana/Indianapolis America/Indianapolis" },
	{ "Turks And Caicos Standard Time", "America/Grand_Turk" },
	{ "Paraguay Standard Time", "America/Asuncion" },
	{ "Atlantic Standard Time", "America/Halifax Atlantic/Bermuda America/Moncton "
				    "America/Thule" },
	{ "Venezuela Standard Time", "America/Caracas" },
	{ "Central Brazilian Standard Time", "America/Cuiaba America/Campo_Grande" },
	{ "SA Western Standard Time",
	  "America/La_Paz America/Puerto_Rico America/Manaus America/Guyana America/Barbados "
	  "America/Santo_Domingo America/Martinique America/Port_of_Spain" },
	{ "Pacific SA Standard Time", "America/Santiago" },
	{ "Newfoundland Standard Time", "America/St_Johns" },
	{ "Tocantins Standard Time", "America/Araguaina" },
	{ "E. South America Standard Time", "America/Sao_Paulo" },
	{ "SA Eastern Standard Time",
	  "America/Cayenne America/Fortaleza America/Paramaribo America/Belem America/Recife" },
	{ "Argentina Standard Time", "America/Argentina/Buenos_Aires America/Buenos_Aires "
				     "America/Argentina/Cordoba" },
	{ "Greenland Standard Time", "America/Nuuk America/Godthab" },
	{ "Montevideo Standard Time", "America/Montevideo" },
	{ "Magallanes Standard Time", "America/Punta_Arenas" },
	{ "Saint Pierre Standard Time", "America/Miquelon" },
	{ "Bahia Standard Time", "America/Bahia" },
	{ "Azores Standard Time", "Atlantic/Azores" },
	{ "Cape Verde Standard Time", "Atlantic/Cape_Verde" },
	{ "Coordinated Universal Time", "UTC Etc/UTC Etc/UCT UCT Etc/GMT GMT Etc/Zulu Zulu "
					"Etc/Universal Universal Etc/Greenwich Greenwich" },
	{ "GMT Standard Time", "Europe/London Europe/Dublin Europe/Lisbon Europe/Belfast "
			       "Europe/Jersey Europe/Guernsey Europe/Isle_of_Man "
			       "Atlantic/Canary Atlantic/Madeira Atlantic/Faroe GB Eire WET" },
	{ "Greenwich Standard Time", "Atlantic/Reykjavik Africa/Abidjan Africa/Accra Africa/Dakar "
				     "Africa/Monrovia Africa/Bamako Iceland" },
	{ "Sao Tome Standard Time", "Africa/Sao_Tome" },
	{ "Morocco Standard Time", "Africa/Casablanca Africa/El_Aaiun" },
	{ "W. Europe Standard Time",
	  "Europe/Berlin Europe/Amsterdam Europe/Rome Europe/Stockholm Europe/Vienna "
	  "Europe/Zurich Europe/Oslo Europe/Luxembourg Europe/Monaco Europe/Malta "
	  "Europe/Vaduz Europe/Andorra Europe/San_Marino Europe/Vatican Europe/Busingen "
	  "Arctic/Longyearbyen" },
	{ "Central Europe Standard Time",
	  "Europe/Budapest Europe/Prague Europe/Belgrade Europe/Bratislava Europe/Ljubljana "
	  "Europe/Tirane Europe/Podgorica" },
	{ "Romance Standard Time", "Europe/Paris Europe/Brussels Europe/Copenhagen Europe/Madrid "
				   "Africa/Ceuta CET MET" },
	{ "Central European Standard Time", "Europe/Warsaw Europe/Zagreb Europe/Sarajevo "
					    "Europe/Skopje Poland" },
	{ "W. Central Africa Standard Time",
	  "Africa/Lagos Africa/Algiers Africa/Tunis Africa/Luanda Africa/Kinshasa "
	  "Africa/Douala Africa/Libreville" },
	{ "Jordan Standard Time", "Asia/Amman" },
	{ "GTB Standard Time", "Europe/Bucharest Europe/Athens Asia/Nicosia" },
	{ "Middle East Standard Time", "Asia/Beirut" },
	{ "Egypt Standard Time", "Africa/Cairo Egypt" },
	{ "E. Europe Standard Time", "Europe/Chisinau" },
	{ "Syria Standard Time", "Asia/Damascus" },
	{ "West Bank Standard Time", "Asia/Hebron Asia/Gaza" },
	{ "South Africa Standard Time",
	  "Africa/Johannesburg Africa/Harare Africa/Maputo Africa/Lusaka Africa/Kigali "
	  "Africa/Lubumbashi Africa/Gaborone" },
	{ "FLE Standard Time", "Europe/Kiev Europe/Kyiv Europe/Helsinki Europe/Riga Europe/Sofia "
			       "Europe/Tallinn Europe/Vilnius Europe/Mariehamn EET" },
	{ "Israel Standard Time", "Asia/Jerusalem Asia/Tel_Aviv Israel" },
	{ "South Sudan Standard Time", "Africa/Juba" },
	{ "Kaliningrad Standard Time", "Europe/Kaliningrad" },
	{ "Sudan Standard Time", "Africa/Khartoum" },
	{ "Libya Standard Time", "Africa/Tripoli" },
	{ "Namibia Standard Time", "Africa/Windhoek" },
	{ "Arabic Standard Time", "Asia/Baghdad" },
	{ "Turkey Standard Time", "Europe/Istanbul Asia/Istanbul Turkey" },
	{ "Arab Standard Time", "Asia/Riyadh Asia/Kuwait Asia/Qatar Asia/Bahrain Asia/Aden" },
	{ "Belarus Standard Time", "Europe/Minsk" },
	{ "Russian Standard Time", "Europe/Moscow Europe/Simferopol Europe/Kirov W-SU" },
	{ "E. Africa Standard Time",
	  "Africa/Nairobi Africa/Addis_Ababa Africa/Dar_es_Salaam Africa/Kampala "
	  "Africa/Mogadishu Africa/Djibouti Indian/Antananarivo" },
	{ "Iran Standard Time", "Asia/Tehran Iran" },
	{ "Arabian Standard Time", "Asia/Dubai Asia/Muscat" },
	{ "Astrakhan Standard Time", "Europe/Astrakhan Europe/Ulyanovsk" },
	{ "Azerbaijan Standard Time", "Asia/Baku" },
	{ "Russia Time Zone 3", "Europe/Samara" },
	{ "Mauritius Standard Time", "Indian/Mauritius Indian/Reunion Indian/Mahe" },
	{ "Saratov Standard Time", "Europe/Saratov" },
	{ "Georgian Standard Time", "Asia/Tbilisi" },
	{ "Volgograd Standard Time", "Europe/Volgograd" },
	{ "Caucasus Standard Time", "Asia/Yerevan" },
	{ "Afghanistan Standard Time", "Asia/Kabul" },
	{ "West Asia Standard Time", "Asia/Tashkent Asia/Samarkand Asia/Ashgabat Asia/Dushanbe "
				     "Indian/Maldives" },
	{ "Ekaterinburg Standard Time", "Asia/Yekaterinburg" },
	{ "Pakistan Standard Time", "Asia/Karachi" },
	{ "Qyzylorda Standard Time", "Asia/Qyzylorda" },
	{ "India Standard Time", "Asia/Kolkata Asia/Calcutta" },
	{ "Sri Lanka Standard Time", "Asia/Colombo" },
	{ "Nepal Standard Time", "Asia/Kathmandu Asia/Katmandu" },
	{ "Central Asia Standard Time", "Asia/Bishkek Asia/Urumqi Indian/Chagos" },
	{ "Bangladesh Standard Time", "Asia/Dhaka Asia/Thimphu" },
	{ "Omsk Standard Time", "Asia/Omsk" },
	{ "Myanmar Standard Time", "Asia/Yangon Asia/Rangoon Indian/Cocos" },
	{ "SE Asia Standard Time", "Asia/Bangkok Asia/Ho_Chi_Minh Asia/Saigon Asia/Jakarta "
				   "Asia/Phnom_Penh Asia/Vientiane Indian/Christmas" },
	{ "Altai Standard Time", "Asia/Barnaul" },
	{ "W. Mongolia Standard Time", "Asia/Hovd" },
	{ "North Asia Standard Time", "Asia/Krasnoyarsk Asia/Novokuznetsk" },
	{ "N. Central Asia Standard Time", "Asia/Novosibirsk" },
	{ "Tomsk Standard Time", "Asia/Tomsk" },
	{ "China Standard Time", "Asia/Shanghai Asia/Hong_Kong Asia/Macau PRC Hongkong" },
	{ "North Asia East Standard Time", "Asia/Irkutsk" },
	{ "Singapore Standard Time", "Asia/Singapore Asia/Kuala_Lumpur Asia/Manila Asia/Makassar "
				     "Asia/Brunei Singapore" },
	{ "W. Australia Standard Time", "Australia/Perth" },
	{ "Taipei Standard Time", "Asia/Taipei ROC" },
	{ "Ulaanbaatar Standard Time", "Asia/Ulaanbaatar" },
	{ "Aus Central W. Standard Time", "Australia/Eucla" },
	{ "Transbaikal Standard Time", "Asia/Chita" },
	{ "Tokyo Standard Time", "Asia/Tokyo Asia/Jayapura Asia/Dili Pacific/Palau Japan" },
	{ "North Korea Standard Time", "Asia/Pyongyang" },
	{ "Korea Standard Time", "Asia/Seoul ROK" },
	{ "Yakutsk Standard Time", "Asia/Yakutsk" },
	{ "Cen. Australia Standard Time", "Australia/Adelaide Australia/Broken_Hill" },
	{ "AUS Central Standard Time", "Australia/Darwin" },
	{ "E. Australia Standard Time", "Australia/Brisbane Australia/Lindeman" },
	{ "AUS Eastern Standard Time", "Australia/Sydney Australia/Melbourne Australia/Canberra" },
	{ "West Pacific Standard Time", "Pacific/Port_Moresby Pacific/Guam Pacific/Saipan" },
	{ "Tasmania Standard Time", "Australia/Hobart" },
	{ "Vladivostok Standard Time", "Asia/Vladivostok" },
	{ "Lord Howe Standard Time", "Australia/Lord_Howe" },
	{ "Bougainville Standard Time", "Pacific/Bougainville" },
	{ "Russia Time Zone 10", "Asia/Srednekolymsk" },
	{ "Magadan Standard Time", "Asia/Magadan" },
	{ "Norfolk Standard Time", "Pacific/Norfolk" },
	{ "Sakhalin Standard Time", "Asia/Sakhalin" },
	{ "Central Pacific Standard Time", "Pacific/Guadalcanal Pacific/Noumea Pacific/Efate "
					   "Pacific/Pohnpei" },
	{ "Russia Time Zone 11", "Asia/Kamchatka Asia/Anadyr" },
	{ "New Zealand Standard Time", "Pacific/Auckland Antarctica/McMurdo NZ" },
	{ "Fiji Standard Time", "Pacific/Fiji" },
	{ "Chatham Islands Standard Time", "Pacific/Chatham" },
	{ "Tonga Standard Time", "Pacific/Tongatapu" },
	{ "Samoa Standard Time", "Pacific/Apia" },
	{ "Line Islands Standard Time", "Pacific/Kiritimati" },
};

static bool holds_word(const char *words, const char *word)
{
	size_t length = strlen(word);

	while (*words != '\0') {
		size_t width = strcspn(words, " ");

		if (width == length && memcmp(words, word, length) == 0)
			return true;
		words += width;
		words += strspn(words, " ");
	}
	return false;
}

const char *zone_windows_name(const char *name)
{
	if (name[0] == '\0')
		return NULL;
	for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
		if (holds_word(zones[i].others, name))
			return zones[i].windows;
	}
	return NULL;
}
