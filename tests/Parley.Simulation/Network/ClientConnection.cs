using Parley.Simulation.Clients;
using Parley.Simulation.Machines;

namespace Parley.Simulation.Network;

/// <summary>A client's connection to one process: both directions in order, until it breaks.</summary>
internal sealed class ClientConnection(World world, NodeProcess process)
{
    private readonly Queue<Action> waiting = new();

    private long lastAtNode;
    private long lastAtClient;

    /// <summary>How long the client takes nothing yet, if it hangs.</summary>
    public Func<long> HungUntilUs { get; set; } = () => 0;

    /// <summary>The client learns of a break that it did not make itself.</summary>
    public Action? Broken { get; set; }

    public bool IsOpen { get; private set; } = true;

    public int NodeNumber => process.Machine.Id.Value;

    /// <summary>Asks; the answer comes once, or never when the connection breaks.</summary>
    public void Call(Request request, Action<Reply> answer) =>
        ToNode(() => process.Serve(this, request, reply => ToClient(() => answer(reply))));

    public void ToClient(Action action)
    {
        if (IsOpen)
        {
            lastAtClient = Math.Max(lastAtClient + 1, world.Time.NowUs + world.Network.DrawDelay());
            world.Time.After(lastAtClient - world.Time.NowUs, () => Arrive(action));
        }
    }

    /// <summary>Ends it from the client's side.</summary>
    public void Close()
    {
        IsOpen = false;
        process.Disconnected(this);
    }

    /// <summary>Ends it from the node's side or on the way; the client learns of it if it can be told.</summary>
    public void Break(bool isTold)
    {
        if (!IsOpen)
        {
            return;
        }

        IsOpen = false;
        process.Disconnected(this);
        if (isTold)
        {
            world.Time.After(world.Network.DrawDelay(), () => Broken?.Invoke());
        }
    }

    private void ToNode(Action action)
    {
        if (IsOpen)
        {
            lastAtNode = Math.Max(lastAtNode + 1, world.Time.NowUs + world.Network.DrawDelay());
            world.Time.After(lastAtNode - world.Time.NowUs, () => process.WhenAwake(() => Run(action)));
        }
    }

    /// <summary>In order: what comes to a client that hangs waits for what came before.</summary>
    private void Arrive(Action action)
    {
        var hungUntilUs = HungUntilUs();
        if (hungUntilUs <= world.Time.NowUs && waiting.Count == 0)
        {
            Run(action);
            return;
        }

        waiting.Enqueue(action);
        if (waiting.Count == 1)
        {
            world.Time.After(hungUntilUs - world.Time.NowUs, TakeWaiting);
        }
    }

    private void TakeWaiting()
    {
        if (HungUntilUs() > world.Time.NowUs)
        {
            world.Time.After(HungUntilUs() - world.Time.NowUs, TakeWaiting);
            return;
        }

        while (waiting.TryDequeue(out var action))
        {
            Run(action);
        }
    }

    private void Run(Action action)
    {
        if (IsOpen)
        {
            action();
        }
    }
}
