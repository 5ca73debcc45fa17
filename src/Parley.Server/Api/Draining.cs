using Microsoft.Extensions.Hosting;
using Parley.Server.Consensus;

namespace Parley.Server.Api;

/// <summary>Tells streams that this node is stopping: a stop would otherwise wait for them.</summary>
internal sealed class Draining : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly CancellationTokenRegistration stopping;
    private readonly NodeView view;

    public Draining(NodeView view, IHostApplicationLifetime lifetime)
    {
        this.view = view;
        view.Changed += OnChanged;
        stopping = lifetime.ApplicationStopping.Register(Begin);
        OnChanged(this, EventArgs.Empty);
    }

    /// <summary>Cancelled once the node drains.</summary>
    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        view.Changed -= OnChanged;
        stopping.Dispose();
        source.Dispose();
    }

    private void OnChanged(object? sender, EventArgs e)
    {
        if (view.Current.IsDraining)
        {
            Begin();
        }
    }

    /// <summary>On threads of their own: whoever changes the view must not run what streams do then.</summary>
    private void Begin() => _ = source.CancelAsync();
}
