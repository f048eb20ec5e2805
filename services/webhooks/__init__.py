from servicekit.first_process import end_by_sigterm

end_by_sigterm()
