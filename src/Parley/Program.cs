Console.Error.WriteLine("parley: not built yet");
return 2;
