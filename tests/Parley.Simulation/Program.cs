Console.Error.WriteLine("simulation: not built yet");
return 2;
