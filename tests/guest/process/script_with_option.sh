#! /bin/show_arguments  one option with spaces	
