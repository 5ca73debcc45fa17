using Parley.CommandLine;

return await ParleyProgram.RunAsync(args);
