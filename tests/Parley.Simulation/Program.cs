return Parley.Simulation.Running.Runner.Run(args, Console.Out);
